"""What came in: records, units, difficulties."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recon_kit.show.terminal import counted, document, exact_text, fields, line, note

if TYPE_CHECKING:
    from recon_kit.difficulty import Check, Sync
    from recon_kit.load import Load
    from recon_kit.register import TotalLoad, UnitLoad
    from recon_kit.retargets import RetargetLoad
    from recon_kit.staging import BadLine


SHOWN = 3
"""Bad lines of a kind that are shown; the others are counted."""


def _bad_lines(path: Path, bad: Sequence[BadLine]) -> None:
    """The first lines of each kind, which is the reason without its values."""
    kinds: dict[str, list[BadLine]] = {}
    for each in bad:
        kinds.setdefault(re.sub(r"'(?:[^']|'')*'|[\d.,-]*\d", "", each.reason), []).append(each)
    for alike in kinds.values():
        for each in alike[:SHOWN]:
            note(f"{path}:{each.line_no}: {each.reason}")
        if len(alike) > SHOWN:
            note(f"{path}: and {counted(len(alike) - SHOWN, 'more line')} like these")


def _not_taken(path: Path, done: Load | UnitLoad | TotalLoad) -> None:
    _bad_lines(path, done.bad)
    if done.ignored_columns:
        note(f"columns not used: {', '.join(done.ignored_columns)}")


def _sum(found: Mapping[str, Any], when: str) -> str:
    """Rows and energy before or after."""
    return f"{counted(found[f'rows_{when}'], 'row')}, {found[f'mwh_{when}']:,.3f} MWh"


def load(path: Path, done: Load, *, as_json: bool) -> None:
    """The result of a load."""
    if as_json:
        document(asdict(done))
        return
    _not_taken(path, done)
    bad = counted(len(done.bad), "bad line")
    if done.bad and not done.loaded:
        others = " (--skip-bad loads the others)" if done.good else ", and no other"
        line(f"nothing loaded: {bad} in {path}{others}")
    else:
        line(f"{counted(done.loaded, 'row')} loaded from {path}, {bad} left out")
        if done.lacks_payments:
            line("the file has no payments: each is volume x price")
        if done.overlap:
            line(
                f"its dates had {_sum(done.overlap, 'before')}; "
                f"the file has {_sum(done.overlap, 'after')}"
            )


def unload(load_id: int, done: Mapping[str, Any], *, dry_run: bool, as_json: bool) -> None:
    """What was taken away with a load, or would be."""
    if as_json:
        document({"load_id": load_id, "dry_run": dry_run, **done})
        return
    would = "would be " if dry_run else ""
    line(
        f"{would}taken away: {counted(done['deleted_rows'], 'row')} of load {load_id}, "
        f"{done['first_date']} to {done['last_date']}"
    )
    line(f"its dates had {_sum(done, 'before')}; they have {_sum(done, 'after')} without it")
    if done["fuse"]:
        line(f"the fuse will stop the next run: {done['fuse']}", grade="warning")


def unit_load(path: Path, done: UnitLoad, *, as_json: bool) -> None:
    """The result of loading a register."""
    if as_json:
        document(asdict(done))
        return
    _not_taken(path, done)
    if done.bad:
        line(f"nothing loaded: {counted(len(done.bad), 'bad line')} in {path}")
        return
    line(
        f"{counted(done.units, 'BM unit')}: {done.added:,} added, {done.changed:,} changed, "
        f"{done.removed:,} removed, {done.kept:,} kept that are not in {path}"
    )


def total_load(path: Path, done: TotalLoad, *, as_json: bool) -> None:
    """The result of loading totals."""
    if as_json:
        document(asdict(done))
        return
    _not_taken(path, done)
    if done.bad:
        line(f"nothing loaded: {counted(len(done.bad), 'bad line')} in {path}")
        return
    line(f"{counted(done.totals, 'total')}: {done.added:,} added, {done.changed:,} changed")


def sync(done: Sync, *, as_json: bool) -> None:
    """The result of a sync."""
    if as_json:
        document(asdict(done))
        return
    settled = sum(finding.finding == "settled" for finding in done.findings)
    for finding in done.findings:
        if finding.finding == "settled":
            continue
        item = f"{finding.item_id or '(no key)'}: {finding.date_text} = {finding.difficulty_text}"
        word = "refused" if finding.finding == "refused" else "note"
        note(f"{word}: {item}: {finding.explanation}")
    for suspect in done.suspects:
        note(f"suspect: {_suspicion(suspect)}")
    line(
        f"{done.source}: {counted(done.items, 'item')} read{', resumed' if done.resumed else ''}, "
        f"{counted(done.changed, 'date')} new or changed, {done.refused:,} refused"
        + (f", {settled:,} refused as before and let stand" if settled else "")
    )


def _suspicion(found: Mapping[str, Any]) -> str:
    """A row of recon.difficulty_findings in words."""
    number = "" if found["difficulty"] is None else f" = {exact_text(found['difficulty'])}"
    return f"{found['from_date']} to {found['to_date']}{number}: {found['explanation']}"


def suspicions(
    found: Sequence[Mapping[str, Any]],
    proposed: Sequence[Mapping[str, Any]],
    missing: Sequence[Mapping[str, Any]],
    *,
    as_json: bool,
) -> None:
    """The findings and how many of their dates nobody accepted; what the chain had on the dates.

    Missing are the dates without a difficulty of which it is not known what the chain had.
    """
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
        lines += [
            {
                "from_date": m["from_date"],
                "to_date": m["to_date"],
                "difficulty": None,
                "kind": "missing",
                "explanation": m["explanation"],
                "undecided": m["undecided"],
                "proposals": [],
            }
            for m in missing
        ]
        document(lines)
        return
    if not found and not proposed and not missing:
        line("every difficulty is plausible")
    for row in found:
        line(f"{_suspicion(row)}; {row['undecided']:,} undecided")
    for row in missing:
        several = row["undecided"] > 1
        dates = f"{row['from_date']} to {row['to_date']}" if several else f"{row['from_date']}"
        line(f"{dates}: {row['explanation']}; {row['undecided']:,} missing -> {row['next_step']}")
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
            f"proposed for {dates} ({problem}): {exact_text(first['difficulty'])}, "
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
        line(f"nothing loaded: {counted(len(done.bad), 'bad line')} in {path}")
    else:
        line(f"{counted(done.lines, 'retarget')} in {path}: {done.added:,} added")


def check(found: Check, *, as_json: bool) -> None:
    """What DynamoDB holds, and the dates that lack a difficulty."""
    if as_json:
        document(asdict(found))
        return
    fields(found.table, as_json=False)
    if found.sample:
        item = found.sample
        line(f"{'sample':<22} {item.item_id}: {item.date_text} = {item.difficulty_text}")
    where = {True: "the table has one: recon-kit sync", False: "nor has the table"}
    for is_there, told in where.items():
        dates = [row["settlement_date"] for row in found.lacking if row["is_in_table"] == is_there]
        if dates:
            days = counted(len(dates), "date")
            note(
                f"{days} with records, {min(dates)} to {max(dates)}, without difficulty; {told} "
                "(--json lists them)"
            )
    line(f"{'dates lacking':<22} {len(found.lacking):,}")
