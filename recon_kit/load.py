"""CSV files into tables: curtailment records, and the register of BM units."""

from __future__ import annotations

import codecs
import csv
import errno
import hashlib
import io
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TextIO

from psycopg.errors import DataError, IntegrityError, RaiseException, UniqueViolation
from psycopg.rows import DictRow

from recon_kit.db import Connection, one, query, rows, transaction, translate, value
from recon_kit.errors import ReconError, UsageError

REQUIRED = ("settlement_date", "settlement_period", "farm_id", "volume")
OPTIONAL = ("payment", "lead_party_name", "original_price", "final_price", "so_flag", "cadl_flag")
UNIT_COLUMNS = ("farm_id", "lead_party_name", "capacity_mw")
TOTAL_COLUMNS = ("settlement_date", "curtailed_mwh")
ALIASES = {
    "settlementdate": "settlement_date",
    "settlementperiod": "settlement_period",
    "bmunit": "farm_id",
    "bmunitid": "farm_id",
    "bm_unit": "farm_id",
    "leadpartyname": "lead_party_name",
    "originalprice": "original_price",
    "finalprice": "final_price",
    "soflag": "so_flag",
    "cadlflag": "cadl_flag",
}
"""Names of columns in Elexon's files and answers, in lower case, and what they are called here."""


Counts = dict[str, Any]


@dataclass(frozen=True)
class BadLine:
    """A line of the file, the first of its record, that cannot be a record, and why."""

    line_no: int
    reason: str


@dataclass(frozen=True)
class Load:
    """What a load did.

    Attributes:
        loaded: Rows that went in; 0 where bad lines stopped it.
        bad: The bad lines.
        ignored_columns: Columns of the file that the source table does not take from it.
        overlap: Where it took the place of records, or was added to some, what there is on its
            dates: how many dates, how many had records, rows and MWh before and in the file.
        lacks_payments: The file has no payments: each was reckoned as volume x price.
    """

    loaded: int
    bad: list[BadLine]
    ignored_columns: list[str]
    overlap: Counts | None = None
    lacks_payments: bool = False


@dataclass(frozen=True)
class UnitLoad:
    """What loading a register did; all counts are 0 where bad lines stopped it.

    Attributes:
        added: Units that were not known.
        changed: Units with another lead party or capacity than before.
        removed: Units that are not in the file and were removed.
        kept: Units that are not in the file and were kept.
        units: Units there are now.
        bad: The bad lines.
        ignored_columns: Columns of the file that the register does not take from it.
    """

    added: int
    changed: int
    removed: int
    kept: int
    units: int
    bad: list[BadLine]
    ignored_columns: list[str]


@dataclass(frozen=True)
class TotalLoad:
    """What loading totals did; all counts are 0 where bad lines stopped it.

    Attributes:
        added: Dates that had no total.
        changed: Dates with another total than before.
        totals: Totals there are now.
        bad: The bad lines.
        ignored_columns: Columns of the file that are not taken.
    """

    added: int
    changed: int
    totals: int
    bad: list[BadLine]
    ignored_columns: list[str]


STDIN = Path("-")
KEPT_IN_MEMORY = 10_000_000
"""Bytes of what comes from a pipe that are kept in memory; more of them on disk."""


LONGEST_SHOWN = 300
"""Characters of a first line that names no columns."""


class _BadLinesError(Exception):
    """Rolls the load back."""


def load(
    connection: Connection,
    path: Path,
    *,
    skip_bad: bool = False,
    replace: bool = False,
    add: bool = False,
    is_megawatts: bool = False,
) -> Load:
    """Loads a CSV file with a header, all of it or nothing.

    Args:
        connection: Where to write.
        path: The file, or - for stdin; UTF-8 or UTF-16, columns in any order, named as in
            curtailment_records or by Elexon. Without payments, each is volume x price.
        skip_bad: Leave bad lines out instead of refusing the file.
        replace: Delete what is stored of the dates in the file.
        add: Keep what is stored of the dates in the file, beside it.
        is_megawatts: Its volumes are MW over the half hour, and not MWh.

    Raises:
        UsageError: There is no such file, it is not CSV, lacks a column, was loaded before, or has
            dates that have records, and neither `replace` nor `add` says what becomes of these.
    """
    if replace and add:
        raise UsageError("--replace and --add exclude each other", "Give one of them.")
    if replace and skip_bad:
        raise UsageError(
            "--replace takes whole days, and --skip-bad would leave rows out of them",
            "Correct the bad lines first.",
        )
    with readable(path), opened(path) as file:
        return _load(
            connection,
            path,
            file,
            skip_bad=skip_bad,
            replace=replace,
            add=add,
            is_megawatts=is_megawatts,
        )


def load_units(connection: Connection, path: Path, *, replace: bool = False) -> UnitLoad:
    """Loads the register of BM units from a CSV file with a header, all of it or nothing.

    Args:
        connection: Where to write.
        path: The file, or - for stdin; UTF-8 or UTF-16, with columns farm_id, lead_party_name and
            capacity_mw (MW).
        replace: Remove the units that are not in the file.

    Raises:
        UsageError: There is no such file, it is not CSV, lacks a column, or has no unit.
    """
    done, bad, ignored = _load_whole(connection, path, UNIT_COLUMNS, "unit", replace=replace)
    nothing = {"added": 0, "changed": 0, "removed": 0, "kept": 0, "units": 0}
    return UnitLoad(**(done or nothing), bad=bad, ignored_columns=ignored)


def load_totals(connection: Connection, path: Path) -> TotalLoad:
    """Loads the energy of days as somebody else publishes it, all of it or nothing.

    Args:
        connection: Where to write.
        path: The file, or - for stdin; UTF-8 or UTF-16, with columns settlement_date and
            curtailed_mwh (MWh).

    Raises:
        UsageError: There is no such file, it is not CSV, lacks a column, or has no total.
    """
    done, bad, ignored = _load_whole(connection, path, TOTAL_COLUMNS, "total")
    nothing = {"added": 0, "changed": 0, "totals": 0}
    return TotalLoad(**(done or nothing), bad=bad, ignored_columns=ignored)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Says what is wrong with a file that cannot be read."""
    try:
        yield
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}", "Check the path.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeError as error:
        raise UsageError(f"{path} is UTF-16 that breaks off", "Save it as UTF-8.") from error


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file that can be read twice; - is stdin, and what comes from a pipe is kept for a while."""
    with ExitStack() as files:
        if path == STDIN:
            if sys.stdin is None:
                raise OSError(errno.EBADF, "stdin is closed")
            file: IO[bytes] = sys.stdin.buffer
        else:
            file = files.enter_context(path.open("rb"))
        if not file.seekable():
            kept = files.enter_context(tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY))
            shutil.copyfileobj(file, kept)
            file = kept
        file.seek(0)
        yield file


def _as_text(path: Path, file: IO[bytes]) -> TextIO:
    """A file as text: UTF-8, or what its byte order mark says."""
    file.seek(0)
    is_utf16 = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    file.seek(0)
    if not is_utf16:
        for line_no, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                text = f"{path} is not UTF-8: line {line_no}"
                raise UsageError(text, "Save it as UTF-8.") from error
        file.seek(0)
    encoding = "utf-16" if is_utf16 else "utf-8-sig"
    return io.TextIOWrapper(file, encoding=encoding, newline="")


def csv_lines(
    path: Path, required: Sequence[str], optional: Sequence[str]
) -> list[dict[str, str | int | None]]:
    """The lines of a CSV file with a header as objects of texts, with line_no and fault.

    Raises:
        UsageError: There is no such file, it is not CSV, or lacks a column.
    """
    with readable(path), opened(path) as file, _as_text(path, file) as text:
        records = _records(text)
        header = _header(path, next(records, None), required, optional)
        names = [name for name in (*required, *optional) if name in header]
        lines: list[dict[str, str | int | None]] = []
        for record in records:
            fault = record.fault
            if fault is None and len(record.fields) != len(header):
                fault = f"has {len(record.fields)} fields, the header has {len(header)}"
            if fault is None and any("\0" in field for field in record.fields):
                fault = "holds a NUL character"
            line: dict[str, str | int | None] = {"line_no": record.line_no, "fault": fault}
            if fault is None:
                line |= {name: record.fields[header.index(name)].strip() or None for name in names}
            lines.append(line)
    return lines


def _load_whole(
    connection: Connection, path: Path, columns: Sequence[str], name: str, **arguments: Any
) -> tuple[Counts | None, list[BadLine], list[str]]:
    """Loads a file of which nothing is taken where a line is bad; `name` is what its lines are."""
    with readable(path), opened(path) as file, _as_text(path, file) as text:
        records = _records(text)
        header = _header(path, next(records, None), columns, ())
        places = {column: header.index(column) for column in columns}
        ignored = [column or "(no name)" for column in header if column not in places]
        try:
            with transaction(connection):
                staged = _stage(connection, f"stage_{name}s", (), records, places, len(header))
                if not staged:
                    raise UsageError(f"{path} has no {name}", "Nothing was changed.")
                bad = [BadLine(**row) for row in rows(connection, f"bad_{name}_lines")]
                if bad:
                    raise _BadLinesError
                done = one(connection, f"accept_{name}s", **arguments)
        except _BadLinesError:
            return None, bad, ignored
    return done, [], ignored


def _load(
    connection: Connection,
    path: Path,
    file: IO[bytes],
    *,
    skip_bad: bool,
    replace: bool,
    add: bool,
    is_megawatts: bool,
) -> Load:
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    with _as_text(path, file) as text:
        records = _records(text)
        header = _header(path, next(records, None), REQUIRED, OPTIONAL)
        places = {name: header.index(name) for name in REQUIRED + OPTIONAL if name in header}
        if not {"payment", "original_price", "final_price"} & places.keys():
            raise UsageError(
                f"{path} has no column payment, and no price to reckon it from",
                _must_name_columns(header),
            )
        ignored = [name or "(no name)" for name in header if name not in places]
        units = {"is_megawatts": is_megawatts, "lacks_payments": "payment" not in places}
        try:
            with transaction(connection):
                load_id = _start(connection, path, sha256, again=replace)
                keys = (load_id,)
                if not _stage(connection, "stage_records", keys, records, places, len(header)):
                    raise UsageError(f"{path} has no record", "Nothing was changed.")
                if any(units.values()):
                    one(connection, "convert_lines", load_id=load_id, **units)
                bad = [BadLine(**row) for row in rows(connection, "bad_lines", load_id=load_id)]
                if bad and not skip_bad:
                    raise _BadLinesError
                if replace:
                    connection.execute(query("hold_records"))
                overlap = one(connection, "load_overlap", load_id=load_id)
                if overlap["stored_dates"] and not (replace or add):
                    raise UsageError(
                        f"{overlap['stored_dates']:,} of the {overlap['dates']:,} dates in {path} "
                        f"have records already, {overlap['rows_before']:,} rows; the first is "
                        f"{overlap['first_date']}",
                        "Nothing was loaded. --replace puts the file in their place, --add beside "
                        "them.",
                    )
                done = _accept(connection, path, load_id=load_id, replace=replace)
                if done["loaded"] != overlap["rows_after"]:
                    raise ReconError(
                        f"the platform's table took {done['loaded']:,} of the "
                        f"{overlap['rows_after']:,} good lines of {path}",
                        "Nothing was loaded. See which of its triggers or rules leave rows out, "
                        "or store them elsewhere.",
                    )
        except _BadLinesError:
            return Load(0, bad, ignored)
    told = overlap if overlap["stored_dates"] else None
    return Load(done["loaded"], bad, ignored, told, units["lacks_payments"])


def _accept(connection: Connection, path: Path, **load: Any) -> DictRow:
    """Moves the good lines into the table, or names the line that the platform's own refuses."""
    try:
        with transaction(connection):
            return one(connection, "accept_load", **load)
    except (IntegrityError, DataError, RaiseException) as error:
        known = translate(error)
        line_no = value(connection, "refused_line", **load)
        what = f"line {line_no} of {path}" if line_no else str(path)
        raise ReconError(
            f"{what} is refused by the platform's table: {known.message}",
            f"Nothing was loaded. {known.hint or 'Correct the line, or the constraint.'}",
        ) from error


@dataclass(frozen=True)
class _Record:
    """What stands in a file from one line on, and what keeps it from being fields."""

    line_no: int
    fields: list[str]
    fault: str | None = None


def _records(text: Iterable[str]) -> Iterator[_Record]:
    """The records of a file; those of several lines under the number of the first."""
    reader = csv.reader(text, strict=True)
    while True:
        line_no = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Record(line_no, [], f"is not CSV: {error}")
        else:
            if fields:
                yield _Record(line_no, fields)


def _header(
    path: Path, record: _Record | None, required: Sequence[str], optional: Sequence[str]
) -> list[str]:
    given = [name.strip().lower() for name in record.fields] if record else []
    names = [ALIASES.get(name, name) for name in given]
    if "bidofferpairid" in given and "farm_id" not in names:  # the stack of Elexon's API
        names = ["farm_id" if name == "id" else name for name in names]
    missing = [name for name in required if name not in names]
    if missing:
        fault = [record.fault] if record and record.fault else ["(empty)"]
        raise UsageError(
            f"{path} has no column {', '.join(missing)}", _must_name_columns(given or fault)
        )
    twice = [name for name in (*required, *optional) if names.count(name) > 1]
    if twice:
        raise UsageError(f"{path} has column {', '.join(twice)} twice", "Rename or remove one.")
    return names


def _must_name_columns(found: Sequence[str]) -> str:
    text = ", ".join(found)
    shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]} ..."
    return f"Its first line must name the columns; it reads: {shown}"


def _start(connection: Connection, path: Path, sha256: str, *, again: bool) -> int:
    try:
        connection.execute(query("take_turns"))
        with transaction(connection):
            name = "start_load_again" if again else "start_load"
            started = one(connection, name, file_name=path.name, sha256=sha256)
            return int(started["load_id"])
    except UniqueViolation as error:
        earlier = one(connection, "earlier_load", sha256=sha256)
        raise UsageError(
            f"{path} was loaded before: load {earlier['load_id']} of {earlier['file_name']}, "
            f"{earlier['loaded_rows']} rows, on {earlier['loaded_at']:%Y-%m-%d %H:%M}",
            "Nothing was loaded. --replace puts it in the place of what its dates have.",
        ) from error


def _stage(
    connection: Connection,
    name: str,
    keys: tuple[int, ...],
    records: Iterator[_Record],
    places: dict[str, int],
    width: int,
) -> int:
    """Copies the records as text, with their line numbers, by a named query; returns how many."""
    statement = query(name).format(columns=", ".join(places))
    nothing = [None] * len(places)
    staged = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for record in records:
            fields, fault = record.fields, record.fault
            if fault is None and len(fields) != width:
                fault = f"has {len(fields)} fields, the header has {width}"
            if fault is None and any("\0" in field for field in fields):
                fault = "holds a NUL character"
            values = nothing if fault else [fields[n].strip() or None for n in places.values()]
            copy.write_row((*keys, record.line_no, fault, *values))
            staged += 1
    return staged
