"""What people and machines see: results on stdout, notes and progress on stderr."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from recon_kit.errors import ReconError
from recon_kit.plain import visible, visible_lines

if TYPE_CHECKING:
    from recon_kit.adopt import Adoption
    from recon_kit.difficulty import Check, Sync
    from recon_kit.driver import Batch, Run
    from recon_kit.load import BadLine, Load, UnitLoad
    from recon_kit.migrate import Deployment
    from recon_kit.retargets import RetargetLoad

_WIDE = 1000
"""Columns where no terminal sets a width: nothing that goes into a file or a pipe is cut off."""

_out = Console(
    highlight=False,
    markup=False,
    emoji=False,
    soft_wrap=True,
    width=None if sys.stdout and sys.stdout.isatty() else _WIDE,
)
_err = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
_lost: list[OSError] = []


def hush() -> None:
    """No notes and no progress from now on; errors and results are still shown."""
    _err.quiet = True


def is_terminal() -> bool:
    """Whether somebody watches stderr."""
    return sys.stderr.isatty() and not _err.quiet


def line(text: str) -> None:
    """A line of result, whatever the data in it."""
    typer.echo(visible(text))


def block(text: str) -> None:
    """Lines of result; what they have of data is visible already, or JSON."""
    typer.echo(text)


def note(text: str) -> None:
    """A line beside the result. What does the work goes on where nobody can be told of it."""
    try:
        _err.print(visible(text))
    except OSError as error:
        _lost.append(error)
        hush()


def lost() -> bool:
    """Whether a note could not be shown."""
    return bool(_lost)


def error(what: ReconError) -> None:
    """What went wrong, and the next step."""
    try:
        typer.echo(f"error: {visible_lines(what.message, '  ')}", err=True)
        if what.hint:
            typer.echo(f"  {visible_lines(what.hint, '  ')}", err=True)
    except OSError as error:
        _lost.append(error)


def as_json_text(value: Any) -> str:
    """JSON for machines: decimals as written, dates in ISO 8601."""
    return json.dumps(value, default=_exact, indent=2)


def document(value: Any) -> None:
    """A result as JSON."""
    block(as_json_text(value))


def _exact(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, timedelta):
        return f"{value.total_seconds():,.1f} s"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows under the names of their columns; numbers to the right."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        numeric = any(isinstance(row[name], int | Decimal) for row in rows)
        drawn.add_column(name, justify="right" if numeric else "left", no_wrap=True)
    for row in rows:
        drawn.add_row(*(_cell(row[name]) for name in columns))
    _out.print(drawn)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return visible(_plain(value))


def fields(row: Mapping[str, Any], *, as_json: bool) -> None:
    """One row, a field a line."""
    if as_json:
        document(row)
        return
    for name, value in row.items():
        if isinstance(value, str):
            block(f"{name:<22} {visible_lines(value, ' ' * 23)}")
        elif value is not None:
            line(f"{name:<22} {_cell(value)}")


def result(found: Sequence[Mapping[str, Any]], *, as_json: bool, none: str = "none") -> None:
    """Rows as a table, or the words for none."""
    if as_json:
        document(found)
    elif found:
        table(found, list(found[0]))
    else:
        line(none)


def event(told: Mapping[str, Any]) -> None:
    """An event, in a line."""
    when = datetime.fromisoformat(told["happened_at"])
    line(f"{_plain(when)}  {told['severity']:<8}  {told['kind']:<18}  {told['message']}")
    sys.stdout.flush()


def event_as_json(told: Mapping[str, Any]) -> None:
    """An event as the database told it, in a line."""
    block(json.dumps(told))
    sys.stdout.flush()


def findings(found: Sequence[Mapping[str, Any]], *, as_json: bool, none: str = "none") -> None:
    """Rows of a grade, a subject, a finding and a next step, which stands below it."""
    if as_json or not found:
        result(found, as_json=as_json, none=none)
        return
    width = max(len(row["subject"]) for row in found)
    for row in found:
        grade = next(iter(row.values()))
        line(f"{grade:<8}  {row['subject']:<{width}}  {row['finding']}")
        if row["next_step"]:
            line(f"{'':<{width + 12}}-> {row['next_step']}")


SEVERITIES = ("ok", "warning", "critical")
"""Those of recon.alerts; the place of each is its exit code, as monitoring plugins have it."""


def alerts(found: Sequence[Mapping[str, Any]], *, verbose: bool, as_json: bool) -> None:
    """A line as monitoring plugins print it: what is wrong, worst first, and all values."""
    if as_json:
        document(found)
        return
    worst_first = sorted(found, key=lambda row: -SEVERITIES.index(row["severity"]))
    wrong = [row["finding"].replace("|", "/") for row in worst_first if row["severity"] != "ok"]
    values = " ".join(_performance(row) for row in found)
    severity = worst_first[0]["severity"].upper()
    line(f"RECON {severity} - {'; '.join(wrong) or found[0]['finding']} | {values}")
    if verbose:
        table(found, list(found[0]))


def _performance(row: Mapping[str, Any]) -> str:
    """An alert as performance data: ``name=value;warning;critical``, U where it is not known."""
    known = row["value"] is not None and row["value"].is_finite()
    number = f"{row['value']:f}{'s' if row['unit'] == 'seconds' else ''}" if known else "U"
    limits = ("" if at is None else f"{at:f}" for at in (row["warning_at"], row["critical_at"]))
    return f"{row['name']}={number};{';'.join(limits)}"


def deployment(done: Deployment, *, as_json: bool) -> None:
    """The result of a deploy."""
    if as_json:
        document({**asdict(done), "changed": done.changed})
    elif done.changed:
        applied = f"applied {', '.join(done.applied)}" if done.applied else "no migration pending"
        line(f"deployed, at {done.version}: {applied}; code replayed")
    else:
        line(f"nothing to change, at {done.version}: the code replayed is the code that was there")
    if done.roles_to_create and not as_json:
        note(
            "so far only the owner may look and run. To let others, have a role that may create "
            f"roles run: {' '.join(done.roles_to_create)} Then migrate again, and grant them."
        )


def adoption_plan(plan: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """What stands between a platform's tables and the kit."""
    if as_json or not plan:
        result(plan, as_json=as_json, none="nothing stands in the way")
        return
    table(plan, [name for name in plan[0] if name != "action"])
    line("")
    for action, step in {row["action"]: row["step"] for row in plan}.items():
        line(f"{step:<15}  -> {action}")


def adoption(done: Adoption) -> None:
    """What an adoption did, and what comes next."""
    if done.steps:
        steps = [asdict(step) for step in done.steps]
        table(steps, list(steps[0]))
    line(f"adopted, at {done.version}. Next: recon-kit sync, recon-kit reconcile")
    if done.steps:
        line("What was replaced is in recon_legacy until recon-kit adopt --undo or --confirm")


def _bad_lines(path: Path, bad: Sequence[BadLine]) -> None:
    for each in bad:
        note(f"{path}:{each.line_no}: {each.reason}")


def load(path: Path, done: Load, *, as_json: bool) -> None:
    """The result of a load."""
    if as_json:
        document(asdict(done))
        return
    _bad_lines(path, done.bad)
    if done.ignored_columns:
        note(f"columns not used: {', '.join(done.ignored_columns)}")
    if done.bad and not done.loaded:
        line(f"nothing loaded: {len(done.bad):,} bad lines in {path} (--skip-bad loads the others)")
    else:
        line(f"{done.loaded:,} rows loaded from {path}, {len(done.bad):,} bad lines left out")


def unit_load(path: Path, done: UnitLoad, *, as_json: bool) -> None:
    """The result of loading a register."""
    if as_json:
        document(asdict(done))
        return
    _bad_lines(path, done.bad)
    if done.ignored_columns:
        note(f"columns not used: {', '.join(done.ignored_columns)}")
    if done.bad:
        line(f"nothing loaded: {len(done.bad):,} bad lines in {path}")
        return
    line(
        f"{done.units:,} BM units: {done.added:,} added, {done.changed:,} changed, "
        f"{done.removed:,} removed, {done.kept:,} kept that are not in {path}"
    )


def inspection(done: Mapping[str, Any], *, as_json: bool) -> None:
    """The result of an inspection."""
    if as_json:
        document(done)
        return
    line(
        f"days: {done['changed_days']:,} new or changed, {done['judged_days']:,} judged; issues: "
        f"{done['opened']:,} opened, {done['cleared']:,} cleared, {done['open_issues']:,} open"
    )
    if done["undated_records"]:
        line(f"{done['undated_records']:,} records belong to no day: recon-kit doctor")


def issues(found: Sequence[Mapping[str, Any]], *, as_json: bool, none: str) -> None:
    """What was found in the source; what to do stands below each."""
    graded = [
        {
            "severity": row["severity"],
            "subject": f"{row['settlement_date']} {row['kind']}",
            "finding": row["evidence"]
            + ("" if row["state"] == "open" else f" ({row['state']}")
            + ("" if row["reason"] is None else f": {row['reason']}")
            + ("" if row["state"] == "open" else ")"),
            "next_step": row["next_step"] if row["state"] == "open" else None,
        }
        for row in found
    ]
    findings(found if as_json else graded, as_json=as_json, none=none)


def forecast(
    trends: Sequence[Mapping[str, Any]],
    incomplete: Sequence[Mapping[str, Any]],
    next_run: Mapping[str, Any],
    *,
    as_json: bool,
) -> None:
    """What the days are like beside what was expected, and what is to come."""
    if as_json:
        document({"trends": trends, "incomplete_days": incomplete, "next_run": next_run})
        return
    result(trends, as_json=False, none="no day was inspected: recon-kit inspect")
    line("")
    for row in incomplete:
        line(f"{row['settlement_date']} is unlikely to be complete: {row['reason']}")
    fields(next_run, as_json=False)


def sync(done: Sync, *, as_json: bool) -> None:
    """The result of a sync."""
    if as_json:
        document(asdict(done))
        return
    for finding in done.findings:
        item = f"{finding.item_id or '(no key)'}: {finding.date_text} = {finding.difficulty_text}"
        word = "refused" if finding.finding == "refused" else "note"
        note(f"{word}: {item}: {finding.explanation}")
    for suspect in done.suspects:
        note(f"suspect: {_suspicion(suspect)}")
    line(
        f"{done.source}: {done.items:,} items read{', resumed' if done.resumed else ''}, "
        f"{done.changed:,} dates new or changed, {done.refused:,} refused"
    )


def _suspicion(found: Mapping[str, Any]) -> str:
    """A row of recon.difficulty_findings in words."""
    number = "" if found["difficulty"] is None else f" = {_plain(found['difficulty'])}"
    return f"{found['from_date']} to {found['to_date']}{number}: {found['explanation']}"


def suspicions(
    found: Sequence[Mapping[str, Any]], proposed: Sequence[Mapping[str, Any]], *, as_json: bool
) -> None:
    """The findings and how many of their dates nobody accepted; what the chain had on the dates."""
    if as_json:
        lines = [
            {
                **row,
                "proposals": [
                    p
                    for p in proposed
                    if p["stored"] is not None
                    and row["from_date"] <= p["settlement_date"] <= row["to_date"]
                ],
            }
            for row in found
        ]
        lines += [
            {
                "from_date": p["settlement_date"],
                "to_date": p["settlement_date"],
                "difficulty": None,
                "kind": "missing",
                "explanation": p["problem"],
                "undecided": 1,
                "proposals": [p],
            }
            for p in proposed
            if p["stored"] is None
        ]
        document(lines)
        return
    if not found and not proposed:
        line("every difficulty is plausible")
    for row in found:
        line(f"{_suspicion(row)}; {row['undecided']:,} undecided")
    for text in _proposed(proposed):
        line(text)
    if proposed:
        line("to store what is proposed: recon-kit difficulty propose --accept")


def proposals(proposed: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """What the chain had on dates whose difficulty is missing or suspect."""
    if as_json:
        document(proposed)
        return
    if not proposed:
        line("there is nothing to propose: no date is missing or suspect whose epoch is known")
    for text in _proposed(proposed):
        line(text)


def _proposed(proposed: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each stretch of dates with one proposal."""
    told = []
    for (height, problem), group in groupby(proposed, lambda p: (p["height"], p["problem"])):
        lines = list(group)
        first, last = lines[0], lines[-1]
        dates = str(first["settlement_date"])
        if len(lines) > 1:
            dates += f" to {last['settlement_date']}"
        began_at = first["began_at"].astimezone(UTC)
        told.append(
            f"proposed for {dates} ({problem}): {_plain(first['difficulty'])}, "
            f"from height {height}, {began_at:%Y-%m-%d %H:%M} UTC, source {first['source']}"
        )
    return told


def retarget_load(path: Path, done: RetargetLoad, *, as_json: bool) -> None:
    """What a load of retargets did."""
    if as_json:
        document(asdict(done))
        return
    _bad_lines(path, done.bad)
    if done.bad:
        line(f"nothing loaded: {len(done.bad):,} bad lines in {path}")
    else:
        line(f"{done.lines:,} retargets in {path}: {done.added:,} added")


def check(found: Check, *, as_json: bool) -> None:
    """What DynamoDB holds, and the dates that lack a difficulty."""
    if as_json:
        document(asdict(found))
        return
    fields(found.table, as_json=False)
    if found.sample:
        item = found.sample
        line(f"{'sample':<22} {item.item_id}: {item.date_text} = {item.difficulty_text}")
    for lacking in found.lacking:
        has = "has" if lacking["is_in_table"] else "has not"
        note(f"{lacking['settlement_date']} has records and no difficulty; the table {has} one")
    line(f"{'dates lacking':<22} {len(found.lacking):,}")


def run(done: Run, *, as_json: bool) -> None:
    """The result of a run."""
    if as_json:
        document(asdict(done))
        return
    for day in done.problems:
        note(f"{day.settlement_date} {day.outcome}: {day.reason}")
    for gap in done.unnoticed:
        note(f"changes can pass unnoticed: {gap}")
    line(f"run {done.run_id} {done.outcome}. {done.message}")


def run_detail(
    found: Mapping[str, Any], days: Sequence[Mapping[str, Any]], *, as_json: bool
) -> None:
    """A run and what it did to each of its days."""
    if as_json:
        document({**found, "days": days})
        return
    fields(found, as_json=False)
    if days:
        line("")
        table(days, list(days[0]))


def status(
    overview: Mapping[str, Any],
    problems: Sequence[Mapping[str, Any]],
    unnoticed: Sequence[Mapping[str, Any]],
    *,
    as_json: bool,
) -> None:
    """Where the days stand, and how a change of them could pass unnoticed."""
    if as_json:
        document({**overview, "problems": problems, "unnoticed": unnoticed})
        return
    completion = overview["completion_percent"]
    fields(
        {**overview, "completion_percent": "no data" if completion is None else completion},
        as_json=False,
    )
    for gap in unnoticed:
        line(f"{gap['table_name']}: {gap['finding']}")
        line(f"  next: {gap['next_step']}")
    for day in problems:
        line(f"{day['settlement_date']} {day['state']}: {day['reason']}")
        line(f"  next: {day['next_step']}")


def gaps(found: Sequence[Mapping[str, Any]], limit: int, *, as_json: bool, none: str) -> None:
    """The gaps: per day and kind, then the first cells."""
    if as_json:
        document(found)
        return
    if not found:
        line(none)
        return
    counts = Counter((row["settlement_date"], row["kind"]) for row in found)
    days = [
        {"settlement_date": day, "kind": kind, "cells": cells}
        for (day, kind), cells in sorted(counts.items())
    ]
    table(days, ["settlement_date", "kind", "cells"])
    if limit:
        line("")
        table(found[:limit], list(found[0]))
    if limit and len(found) > limit:
        line(f"... and {len(found) - limit:,} more cells (--limit, --json)")


class Bar:
    """Progress of a run, on a terminal only; elsewhere the log tells it."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._days = 0
        self._cells: Counter[str] = Counter()

    def start(self, run_id: int, days: int) -> None:
        """The run is planned."""
        if self._progress is not None:
            self._task = self._progress.add_task(f"run {run_id}", total=days, cells="")

    def advance(self, batch: Batch) -> None:
        """A batch is committed."""
        self.reach(self._days + batch.days, self._cells + Counter(batch.kinds))

    def reach(self, days: int, cells: Mapping[str, int]) -> None:
        """So many days are done, and so many cells of each kind repaired."""
        self._days, self._cells = days, Counter(cells)
        if self._progress is None or self._task is None:
            return
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in cells.items() if count)
        elapsed = self._progress.tasks[self._task].elapsed or 1
        pace = f"{sum(cells.values()) / max(elapsed, 0.1):,.0f} cells/s"
        text = f"{pace} ({kinds})" if kinds else ""
        self._progress.update(self._task, completed=days, cells=text)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Bar]:
    """The bar of a run."""
    if quiet or not is_terminal():
        yield Bar(None)
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("days"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[cells]}"),
        console=_err,
        transient=True,
    ) as bar:
        yield Bar(bar)


@contextmanager
def counting(what: str, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A count that grows, on a terminal only."""
    if quiet or not is_terminal():
        yield lambda _: None
        return
    with _err.status(what) as spinner:
        yield lambda count: spinner.update(f"{count:,} {what}")
