"""Difficulty from DynamoDB or a file into recon.network_difficulties."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from recon_kit.csv_files import opened
from recon_kit.db import Connection, one, rows
from recon_kit.dynamodb import Item, Key, Page, Table
from recon_kit.errors import UsageError
from recon_kit.settings import Settings
from recon_kit.shapes import UNDERSTOOD, of_csv, of_json, read_json


@dataclass(frozen=True)
class Finding:
    """An item that was refused, or was another notation of a value.

    Attributes:
        finding: ``refused``, ``settled`` where a person has decided about that, or ``notation``.
        item_id: Its key; None where it has none, and of a value stored by an earlier sync.
        explanation: Why, or which value was used.
    """

    finding: str
    item_id: str | None
    date_text: str | None
    difficulty_text: str | None
    explanation: str


@dataclass(frozen=True)
class Sync:
    """What a sync did: items read, dates whose value is new or other, and findings.

    Attributes:
        suspects: Rows of recon.difficulty_findings among its dates that nobody accepted.
        policy: ``warn``, and suspect values are used, or ``strict``, and they are not.
    """

    sync_id: int
    source: str
    items: int
    changed: int
    refused: int
    resumed: bool
    findings: list[Finding]
    suspects: list[dict[str, Any]]
    policy: str


@dataclass(frozen=True)
class Check:
    """What DynamoDB holds, and which dates with records lack a difficulty.

    Attributes:
        table: What DynamoDB says of the table, and what reading it all gave.
        sample: An item; None where there is none.
        lacking: Dates with records and no stored difficulty, and whether the table has one.
    """

    table: dict[str, Any]
    sample: Item | None
    lacking: list[dict[str, Any]]


def sync_dynamodb(
    connection: Connection,
    settings: Settings,
    progress: Callable[[int], None] = lambda _: None,
    note: Callable[[str], None] = lambda _: None,
    *,
    since: date | None = None,
    stop: threading.Event | None = None,
) -> Sync:
    """Scans the table page by page, each saved with its resume key, and applies it as a whole.

    Args:
        connection: Where to write.
        settings: Which table, its attributes, and in how many segments to read it.
        progress: Called with the number of items read so far.
        note: Called with a sentence when DynamoDB stops answering, and when it does again.
        since: First date to use; the whole table is read all the same.
        stop: Once set, it ends.

    Raises:
        ReconError: The table, the credentials or the service is not there; pages read so far
            are kept, and the next sync goes on from them.
    """
    table = Table(settings, note, stop=stop)
    reader = {
        "endpoint": table.endpoint,
        "attributes": [settings.dynamodb_id, settings.dynamodb_date, settings.dynamodb_difficulty],
    }
    source = f"dynamodb:{settings.dynamodb_table}"

    def pages(keys: list[Key | None]) -> Iterator[Page]:
        has_dates = has_values = has_items = False
        for page in table.pages(keys):
            has_items |= bool(page.items)
            has_dates |= any(item.date_text is not None for item in page.items)
            has_values |= any(item.difficulty_text is not None for item in page.items)
            yield page
        if has_items and all(key == {} for key in keys):  # all of it was read here
            _require_attributes(settings, has_dates=has_dates, has_values=has_values)

    return _sync(connection, source, settings, reader, pages, progress, since)


def sync_file(
    connection: Connection, path: Path, settings: Settings, *, since: date | None = None
) -> Sync:
    """Reads a file of difficulties, in any of the shapes of recon_kit.shapes.

    Raises:
        UsageError: The file is not there, cannot be read, or is of another shape.
    """
    items = _read_file(path, settings)
    return _sync(
        connection,
        f"file:{path.name}",
        settings,
        {},
        lambda _: iter([Page(items, [None])]),
        lambda _: None,
        since,
    )


def check_dynamodb(
    connection: Connection, settings: Settings, note: Callable[[str], None] = lambda _: None
) -> Check:
    """Reads the whole table, stores nothing, and compares its dates with those of the records.

    Raises:
        ReconError: The table, the credentials or the service is not there.
    """
    table = Table(settings, note)
    described = table.describe()
    items = [item for page in table.pages(_beginning(settings)) for item in page.items]
    if items:
        has_dates = any(item.date_text is not None for item in items)
        has_values = any(item.difficulty_text is not None for item in items)
        _require_attributes(settings, has_dates=has_dates, has_values=has_values)
    told = {
        "date_texts": [item.date_text for item in items],
        "date_format": settings.date_format,
    }
    return Check(
        table={**described, "items": len(items), **one(connection, "dates_read", **told)},
        sample=items[0] if items else None,
        lacking=rows(connection, "dates_lacking", **told),
    )


def _require_attributes(settings: Settings, *, has_dates: bool, has_values: bool) -> None:
    """Refuses a table in which no item has an attribute, in one sentence and not in one an item."""
    for found, name, words in (
        (has_dates, settings.dynamodb_date, "--date-attribute (RECON_DYNAMODB_DATE)"),
        (
            has_values,
            settings.dynamodb_difficulty,
            "--difficulty-attribute (RECON_DYNAMODB_DIFFICULTY)",
        ),
    ):
        if not found:
            raise UsageError(
                f"no item of DynamoDB table {settings.dynamodb_table!r} has a value in {name!r}; "
                f"one has: {', '.join(Table(settings).attributes())}",
                f"Name the attribute with {words}; upper and lower case are two names.",
            )


def _beginning(settings: Settings) -> list[Key | None]:
    return [{} for _ in range(settings.dynamodb_segments)]


def _sync(
    connection: Connection,
    source: str,
    settings: Settings,
    reader: dict[str, Any],
    pages: Callable[[list[Key | None]], Iterator[Page]],
    progress: Callable[[int], None],
    since: date | None,
) -> Sync:
    start = one(connection, "start_sync", source=source)
    while start["resume_key"] and start["resume_key"]["reader"] != reader:
        # What broke off was read elsewhere, or from other attributes: begin anew.
        _add_page(connection, start["sync_id"], reader, Page([], [None]))
        start = one(connection, "start_sync", source=source)
    sync_id, items, resumed = start["sync_id"], start["items"], start["resume_key"] is not None
    for page in pages(start["resume_key"]["keys"] if resumed else _beginning(settings)):
        _add_page(connection, sync_id, reader, page)
        items += len(page.items)
        progress(items)
    applied = {"sync_id": sync_id, "date_format": settings.date_format, "since": since}
    findings = rows(connection, "apply_sync", **applied)
    done = one(connection, "sync_result", sync_id=sync_id)
    return Sync(
        sync_id=sync_id,
        source=source,
        items=items,
        resumed=resumed,
        findings=[Finding(**finding) for finding in findings],
        suspects=rows(connection, "sync_suspects", sync_id=sync_id),
        **done,
    )


def _add_page(connection: Connection, sync_id: int, reader: dict[str, Any], page: Page) -> None:
    is_last = all(key is None for key in page.keys)
    key = None if is_last else Jsonb({"reader": reader, "keys": page.keys})
    items = Jsonb([asdict(item) for item in page.items])
    one(connection, "add_sync_page", sync_id=sync_id, items=items, resume_key=key)


def _read_file(path: Path, settings: Settings) -> list[Item]:
    names = (settings.dynamodb_id, settings.dynamodb_date, settings.dynamodb_difficulty)
    try:
        with opened(path) as file:
            raw = file.read()
        text = raw.decode(json.detect_encoding(raw))
        is_csv = text.lstrip()[:1] not in ("{", "[") and "," in text.partition("\n")[0]
        content = None if is_csv else read_json(text)
        items = of_csv(text) if is_csv else of_json(content, names)
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}", "Check the path.") from error
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {error}", UNDERSTOOD) from error
    if items is None:
        kind = "CSV" if is_csv else "JSON"
        raise UsageError(f"{path} is {kind} of another shape", UNDERSTOOD)
    return items
