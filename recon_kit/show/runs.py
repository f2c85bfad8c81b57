"""Runs and their progress, where the days stand, gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recon_kit.gaps import KINDS
from recon_kit.show.terminal import (
    console,
    document,
    drawing,
    fields,
    is_terminal,
    line,
    note,
    result,
    table,
)

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from recon_kit.driver import Batch, Run


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


def runs(found: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """The latest runs: what they left undone and what they repaired, in words."""
    if as_json or not found:
        result(found, as_json=as_json, none="no run yet")
        return
    told = [
        {
            "run": row["run_id"],
            "started_at": row["started_at"],
            "took": row["took"],
            "outcome": row["outcome"],
            "days": row["planned_days"],
            "undone": _counts(
                row, "left_days", "partially_fixed_days", "blocked_days", "failed_days"
            ),
            "repaired": _counts(row, *KINDS),
            "by": row["started_by"],
        }
        for row in found
    ]
    table(told, list(told[0]))


def _counts(row: Mapping[str, Any], *names: str) -> str | None:
    """What is not zero, such as 3 left, 1 failed."""
    words = [f"{row[name]:,} {name.removesuffix('_days')}" for name in names if row[name]]
    return ", ".join(words) or None


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
    verdict: Mapping[str, Any],
    overview: Mapping[str, Any],
    problems: Sequence[Mapping[str, Any]],
    unnoticed: Sequence[Mapping[str, Any]],
    *,
    as_json: bool,
) -> None:
    """A verdict, where the days stand, and how a change of them could pass unnoticed."""
    if as_json:
        told = {"verdict": verdict["verdict"], "grade": verdict["grade"], **overview}
        document({**told, "problems": problems, "unnoticed": unnoticed})
        return
    line(f"{verdict['verdict']}.", grade=verdict["grade"])
    completion = overview["completion_percent"]
    fields(
        {**overview, "completion_percent": "no data" if completion is None else completion},
        as_json=False,
    )
    for gap in unnoticed:
        line(f"{gap['table_name']}: {gap['finding']}", grade="critical", indent=2)
        line(f"  next: {gap['next_step']}", indent=4)
    for day in problems:
        line(f"{day['settlement_date']} {day['state']}: {day['reason']}", grade=day["state"])
        line(f"  next: {day['next_step']}", indent=4)


def gaps(
    counts: Sequence[Mapping[str, Any]], cells: Sequence[Mapping[str, Any]], *, none: str
) -> None:
    """The gaps: per day and kind, then the first cells."""
    if not counts:
        line(none)
        return
    table(counts, ["date", "kind", "cells"])
    if cells:
        line("")
        table(cells, list(cells[0]))
        left = sum(row["cells"] for row in counts) - len(cells)
        if left:
            line(f"... and {left:,} more cells (--limit, --json)")


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
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    with (
        drawing(),
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("days"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[cells]}"),
            console=console(stderr=True),
            transient=True,
        ) as bar,
    ):
        yield Bar(bar)


@contextmanager
def counting(what: str, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A count that grows, on a terminal only."""
    if quiet or not is_terminal():
        yield lambda _: None
        return
    with drawing(), console(stderr=True).status(what) as spinner:
        yield lambda count: spinner.update(f"{count:,} {what}")
