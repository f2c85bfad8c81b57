"""Curtailment records from a CSV file into the source table."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg.errors import UniqueViolation

from recon_kit.db import Connection, one, query, rows
from recon_kit.errors import UsageError

REQUIRED = ("settlement_date", "settlement_period", "farm_id", "volume", "payment")
OPTIONAL = ("lead_party_name", "original_price", "final_price", "so_flag", "cadl_flag")


@dataclass(frozen=True)
class BadLine:
    """A line of the file that cannot be a record, and why."""

    line_no: int
    reason: str


@dataclass(frozen=True)
class Load:
    """What a load did.

    Attributes:
        loaded: Rows that went in; 0 where bad lines stopped it.
        bad: The bad lines.
        ignored_columns: Columns of the file that the source table does not take from it.
    """

    loaded: int
    bad: list[BadLine]
    ignored_columns: list[str]


class _BadLinesError(Exception):
    """Rolls the load back."""


def load(connection: Connection, path: Path, *, skip_bad: bool = False) -> Load:
    """Loads a CSV file with a header, all of it or nothing.

    Args:
        connection: Where to write.
        path: The file; UTF-8, columns in any order, named as in curtailment_records.
        skip_bad: Leave bad lines out instead of refusing the file.

    Raises:
        UsageError: There is no such file, it is not CSV, lacks a column, or was loaded before.
    """
    try:
        return _load(connection, path, skip_bad=skip_bad)
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}", "Check the path.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} is not a CSV file in UTF-8: {error}") from error


def _load(connection: Connection, path: Path, *, skip_bad: bool) -> Load:
    with path.open("rb") as binary:
        sha256 = hashlib.file_digest(binary, "sha256").hexdigest()
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text)
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(path, header)
        places = {name: header.index(name) for name in REQUIRED + OPTIONAL if name in header}
        bad: list[BadLine] = []
        loaded = 0
        try:
            with connection.transaction():
                load_id = _start(connection, path, sha256)
                _stage(connection, load_id, reader, places, len(header))
                bad = [BadLine(**row) for row in rows(connection, "bad_lines", load_id=load_id)]
                if bad and not skip_bad:
                    raise _BadLinesError
                loaded = one(connection, "accept_load", load_id=load_id)["loaded"]
        except _BadLinesError:
            loaded = 0
    return Load(loaded, bad, [name for name in header if name not in places])


def _check_header(path: Path, header: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise UsageError(
            f"{path} has no column {', '.join(missing)}",
            f"Its first line must name the columns; it reads: {', '.join(header) or '(empty)'}",
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise UsageError(f"{path} has column {', '.join(twice)} twice", "Rename or remove one.")


def _start(connection: Connection, path: Path, sha256: str) -> int:
    try:
        with connection.transaction():
            started = one(connection, "start_load", file_name=path.name, sha256=sha256)
            return int(started["load_id"])
    except UniqueViolation as error:
        earlier = one(connection, "earlier_load", sha256=sha256)
        raise UsageError(
            f"{path} was loaded before: load {earlier['load_id']} of {earlier['file_name']}, "
            f"{earlier['loaded_rows']} rows, on {earlier['loaded_at']:%Y-%m-%d %H:%M}",
            "Nothing was loaded. To load it once more, delete its rows and that row of recon.loads.",
        ) from error


def _stage(
    connection: Connection,
    load_id: int,
    reader: Iterator[list[str]],
    places: dict[str, int],
    width: int,
) -> None:
    """Copies the lines into recon.staged_records, with their numbers, as text."""
    statement = query("stage_records").format(columns=", ".join(places))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for fields in reader:
            if not fields:
                continue
            fault = None
            if len(fields) != width:
                fault = f"has {len(fields)} fields, the header has {width}"
                fields = (fields + [""] * width)[:width]
            values = (fields[place].strip() or None for place in places.values())
            copy.write_row((load_id, reader.line_num, fault, *values))  # type: ignore[attr-defined]
