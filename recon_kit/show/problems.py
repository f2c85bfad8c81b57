"""What is wrong, what happened, and what is to be expected."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from recon_kit.show.terminal import (
    block,
    chunks,
    document,
    exact_text,
    fields,
    line,
    result,
    table,
)


def event(told: Mapping[str, Any]) -> None:
    """An event, in a line."""
    when = datetime.fromisoformat(told["happened_at"])
    line(f"{exact_text(when)}  {told['severity']:<8}  {told['kind']:<18}  {told['message']}")
    sys.stdout.flush()


def event_as_json(told: Mapping[str, Any]) -> None:
    """An event as the database told it, in a line."""
    block(json.dumps(told))
    sys.stdout.flush()


def findings(found: Iterable[Mapping[str, Any]], *, as_json: bool, none: str = "none") -> None:
    """Rows of a grade, a subject, a finding and a next step, which stands below it."""
    if as_json:
        result(found, as_json=True)
        return
    is_empty = True
    for some in chunks(found):
        is_empty = False
        width = max(len(row["subject"]) for row in some)
        for row in some:
            grade, beside = next(iter(row.values())), width + 12
            text = f"{grade:<8}  {row['subject']:<{width}}  {row['finding']}"
            line(text, grade=grade, indent=beside)
            if row["next_step"]:
                line(f"{'':<{beside}}-> {row['next_step']}", indent=beside + 3)
    if is_empty:
        line(none)


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
    severity = worst_first[0]["severity"]
    told = f"RECON {severity.upper()} - {'; '.join(wrong) or found[0]['finding']} | {values}"
    line(told, grade=severity)
    if verbose:
        table(found, list(found[0]))


def _performance(row: Mapping[str, Any]) -> str:
    """An alert as performance data: ``name=value;warning;critical``, U where it is not known."""
    known = row["value"] is not None and row["value"].is_finite()
    number = f"{row['value']:f}{'s' if row['unit'] == 'seconds' else ''}" if known else "U"
    limits = ("" if at is None else f"{at:f}" for at in (row["warning_at"], row["critical_at"]))
    return f"{row['name']}={number};{';'.join(limits)}"


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


def issues(found: Iterable[Mapping[str, Any]], *, as_json: bool, none: str) -> None:
    """What was found in the source; what to do stands below each."""
    findings(found if as_json else map(_graded, found), as_json=as_json, none=none)


def _graded(row: Mapping[str, Any]) -> dict[str, Any]:
    """An issue as a finding."""
    is_open = row["state"] == "open"
    reason = "" if row["reason"] is None else f": {row['reason']}"
    return {
        "severity": row["severity"],
        "subject": f"{row['settlement_date']} {row['kind']}",
        "finding": row["evidence"] + (reason if is_open else f" ({row['state']}{reason})"),
        "next_step": row["next_step"] if is_open else None,
    }


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
