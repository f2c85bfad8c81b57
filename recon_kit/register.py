"""CSV files that are taken whole or not at all: the register of BM units, and totals of days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recon_kit.csv_files import as_text, header_of, opened, readable, records_of
from recon_kit.db import Connection, one, rows, transaction
from recon_kit.errors import UsageError
from recon_kit.staging import BadLine, BadLinesError, stage

UNIT_COLUMNS = ("farm_id", "lead_party_name", "capacity_mw")
TOTAL_COLUMNS = ("settlement_date", "curtailed_mwh")


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


def _load_whole(
    connection: Connection, path: Path, columns: Sequence[str], name: str, **arguments: Any
) -> tuple[dict[str, Any] | None, list[BadLine], list[str]]:
    """Loads a file of which nothing is taken where a line is bad; `name` is what its lines are."""
    with readable(path), opened(path) as file, as_text(path, file) as text:
        records = records_of(text)
        header = header_of(path, next(records, None), columns, ())
        places = {column: header.index(column) for column in columns}
        ignored = [column or "(no name)" for column in header if column not in places]
        try:
            with transaction(connection):
                staged = stage(connection, f"stage_{name}s", (), records, places, len(header))
                if not staged:
                    raise UsageError(f"{path} has no {name}", "Nothing was changed.")
                bad = [BadLine(**row) for row in rows(connection, f"bad_{name}_lines")]
                if bad:
                    raise BadLinesError
                done = one(connection, f"accept_{name}s", **arguments)
        except BadLinesError:
            return None, bad, ignored
    return done, [], ignored
