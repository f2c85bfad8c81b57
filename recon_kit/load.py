"""CSV files of curtailment records into the table of the platform."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from psycopg.errors import DataError, IntegrityError, RaiseException, UniqueViolation
from psycopg.rows import DictRow

from recon_kit.csv_files import as_text, header_of, must_name_columns, opened, readable, records_of
from recon_kit.db import Connection, one, query, rows, transaction, translate, value
from recon_kit.errors import ReconError, UsageError
from recon_kit.staging import BadLine, BadLinesError, stage

REQUIRED = ("settlement_date", "settlement_period", "farm_id", "volume")
OPTIONAL = ("payment", "lead_party_name", "original_price", "final_price", "so_flag", "cadl_flag")


@dataclass(frozen=True)
class Load:
    """What a load did.

    Attributes:
        loaded: Rows that went in; 0 where bad lines stopped it.
        bad: The bad lines.
        good: The other lines.
        ignored_columns: Columns of the file that the source table does not take from it.
        overlap: Where it took the place of records, or was added to some, what there is on its
            dates: how many dates, how many had records, rows and MWh before and in the file.
        lacks_payments: The file has no payments: each was reckoned as volume x price.
    """

    loaded: int
    bad: list[BadLine]
    good: int
    ignored_columns: list[str]
    overlap: dict[str, Any] | None = None
    lacks_payments: bool = False


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
    with as_text(path, file) as text:
        records = records_of(text)
        header = header_of(path, next(records, None), REQUIRED, OPTIONAL)
        places = {name: header.index(name) for name in REQUIRED + OPTIONAL if name in header}
        if not {"payment", "original_price", "final_price"} & places.keys():
            raise UsageError(
                f"{path} has no column payment, and no price to reckon it from",
                must_name_columns(header),
            )
        ignored = [name or "(no name)" for name in header if name not in places]
        units = {"is_megawatts": is_megawatts, "lacks_payments": "payment" not in places}
        try:
            with transaction(connection):
                load_id = _start(connection, path, sha256, again=replace)
                keys = (load_id,)
                lines = stage(connection, "stage_records", keys, records, places, len(header))
                if not lines:
                    raise UsageError(f"{path} has no record", "Nothing was changed.")
                if any(units.values()):
                    one(connection, "convert_lines", load_id=load_id, **units)
                bad = [BadLine(**row) for row in rows(connection, "bad_lines", load_id=load_id)]
                if bad and (not skip_bad or len(bad) == lines):
                    raise BadLinesError
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
        except BadLinesError:
            return Load(0, bad, lines - len(bad), ignored)
    told = overlap if overlap["stored_dates"] else None
    return Load(done["loaded"], bad, done["loaded"], ignored, told, units["lacks_payments"])


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
