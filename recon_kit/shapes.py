"""The shapes in which people have difficulties, as items: JSON and CSV of the usual sources."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from recon_kit.dynamodb import Item, storable
from recon_kit.errors import UsageError

UNDERSTOOD = (
    'Expected {"2025-03-01": "110568428300952", ...} or a list of such items, the output of '
    "`aws dynamodb scan`, JSON of blockchain.com or mempool.space (difficulty-adjustments or "
    "hashrate), or CSV with a header that names a date and a difficulty, as Coinmetrics has it."
)
"""What can be read, said where it is something else."""

NEWEST_DAYS = 10
"""Days that the last row of a list of retargets is taken to hold: of no epoch since 2016 were there
fewer than 11.5."""

_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_UNIX = re.compile(r"\d{9,10}(\.\d+)?|\d{13}")
_WHEN = ("date", "time", "timestamp", "day", "settlement_date", "began_at")
_WHAT = ("difflast", "diffmean", "difficulty")


class Pairs(list[tuple[str, Any]]):
    """A JSON object as pairs: a date that stands there twice must be seen twice."""


def read_json(text: str) -> Any:
    """JSON with its numbers as they are written, and its objects as Pairs.

    Raises:
        ValueError: It is no JSON.
    """
    return json.loads(
        text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=Pairs
    )


def of_json(content: Any, names: Sequence[str]) -> list[Item] | None:
    """The items of JSON of a known shape, objects being Pairs; None for another shape.

    Args:
        content: What was read.
        names: Of an item's key, date and difficulty.

    Raises:
        UsageError: It is one part of a scan.
    """
    if isinstance(content, Pairs):
        return _of_object(content, names)
    if not isinstance(content, list):
        return None
    if (rows := adjustments(content)) is not None:
        return _by_retarget([(moment, value) for moment, _, value in rows])
    if not all(isinstance(entry, Pairs) for entry in content):
        return None
    return _of_entries([dict(entry) for entry in content], names)


def of_csv(text: str) -> list[Item] | None:
    """The items of CSV with a header, or of blockchain.com's without one; None for another shape.

    A date without a value is no item, as Coinmetrics has none for a day without a block.
    """
    lines = [line for line in csv.reader(io.StringIO(text)) if line]
    header = [name.strip() for name in lines[0]] if lines else []
    if len(header) == 2 and moment_of(header[0]):
        header, lines = ["date", "difficulty"], [[], *lines]
    if any(len(line) != len(header) for line in lines[1:]):
        return None
    entries = [dict(zip(header, map(str.strip, line), strict=True)) for line in lines[1:]]
    when, what = _name(header, _WHEN), _name(header, _WHAT)
    if when is None or what is None:
        return None
    return _of_entries([entry for entry in entries if entry[what]], ("", when, what))


def adjustments(content: Any) -> list[tuple[str, str, str]] | None:
    """Time, height and difficulty of each row of mempool.space's difficulty-adjustments."""
    rows = content if isinstance(content, list) else []
    if not rows or not all(isinstance(row, list) and len(row) == 4 for row in rows):
        return None
    if not all(isinstance(cell, str) for row in rows for cell in row[:3]):
        return None
    return [(row[0], row[1], row[2]) for row in rows if _UNIX.fullmatch(row[0])] or None


def moment_of(text: str) -> datetime | None:
    """The moment of an ISO timestamp or of a Unix time in seconds or milliseconds, in UTC."""
    try:
        if _UNIX.fullmatch(text):
            seconds = float(text) / (1000 if len(text) == 13 else 1)
            return datetime.fromtimestamp(seconds, UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def text_of(value: Any) -> str | None:
    """A value as it can be stored."""
    if value is None:
        return None
    return storable(value if isinstance(value, str) else json.dumps(value))


def _of_object(content: Pairs, names: Sequence[str]) -> list[Item] | None:
    named = dict(content)
    if isinstance(scanned := named.get("Items"), list):
        if named.get("NextToken") or named.get("LastEvaluatedKey"):
            raise UsageError(
                "the output of the scan is a part of the table: it has a NextToken",
                "Run `aws dynamodb scan` without --max-items or --no-paginate.",
            )
        return of_json(scanned, names)
    for name in ("difficulty", "values", "data"):
        if isinstance(named.get(name), list):
            is_other = str(named.get("name", "difficulty")).lower() != "difficulty"
            return None if is_other else of_json(named[name], names)
    if content and not any(_DATE.search(key) for key, _ in content):
        return None
    return [Item(storable(key), storable(key), text_of(value)) for key, value in content]


def _of_entries(entries: list[dict[str, Any]], names: Sequence[str]) -> list[Item] | None:
    if entries and all({"x", "y"} <= entry.keys() for entry in entries):
        names = ("", "x", "y")
    key, when, what = names
    if entries and not any(when in entry for entry in entries):
        found = _name(entries[0], _WHEN), _name(entries[0], _WHAT)
        if None in found:
            return None
        when, what = str(found[0]), str(found[1])
    is_by_retarget = any("height" in entry for entry in entries)
    if is_by_retarget:
        return _by_retarget([(str(entry.get(when)), entry.get(what)) for entry in entries])
    return [
        Item(
            text_of(_plain(entry.get(key))),
            _day(_plain(entry.get(when))),
            text_of(_plain(entry.get(what))),
        )
        for entry in entries
    ]


def _by_retarget(rows: Sequence[tuple[str, Any]]) -> list[Item] | None:
    """A row per epoch as an item per date, each with the difficulty in force at 00:00 UTC of it."""
    known = sorted((moment, text_of(value)) for text, value in rows if (moment := moment_of(text)))
    if len(known) < len(rows):
        return None
    newest = min(known[-1][0] + timedelta(NEWEST_DAYS), datetime.now(UTC))
    ends = [*(moment for moment, _ in known[1:]), newest + timedelta(1)]
    return [
        Item(f"{moment:%Y-%m-%dT%H:%M:%SZ}", str(day), value)
        for (moment, value), end in zip(known, ends, strict=True)
        for day in _midnights(moment, end)
    ]


def _midnights(start: datetime, end: datetime) -> list[date]:
    """The dates whose 00:00 UTC lies from start on and before end."""
    first = (
        start.date()
        if start.timetz().replace(tzinfo=None) == time()
        else start.date() + timedelta(1)
    )
    last = end.date() - timedelta(end.timetz().replace(tzinfo=None) == time())
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def _day(value: Any) -> str | None:
    text = text_of(value)
    if text and _UNIX.fullmatch(text) and (moment := moment_of(text)):
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return text


def _plain(value: Any) -> Any:
    """What a typed attribute of DynamoDB holds; anything else as it is."""
    if isinstance(value, Pairs) and len(value) == 1:
        kind, inner = value[0]
        if kind in ("S", "N") and isinstance(inner, str):
            return inner
        if kind == "NULL":
            return None
    return value


def _name(names: Sequence[str] | Mapping[str, Any], wanted: Sequence[str]) -> str | None:
    lower = {name.lower(): name for name in names}
    return next((lower[name] for name in wanted if name in lower), None)
