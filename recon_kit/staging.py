"""The lines of a file on their way in: copied as text, and judged in the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recon_kit.csv_files import Record
from recon_kit.db import Connection, query


@dataclass(frozen=True)
class BadLine:
    """A line of the file, the first of its record, that cannot be a record, and why."""

    line_no: int
    reason: str


class BadLinesError(Exception):
    """Rolls the load back."""


def stage(
    connection: Connection,
    name: str,
    keys: tuple[int, ...],
    records: Iterator[Record],
    places: dict[str, int],
    width: int,
) -> int:
    """Copies the records as text, with their line numbers, by a named query; returns how many."""
    statement = query(name).format(columns=", ".join(places))
    nothing = [None] * len(places)
    staged = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for record in records:
            fields, fault = record.fields, record.fault_under(width)
            values = nothing if fault else [fields[n].strip() or None for n in places.values()]
            copy.write_row((*keys, record.line_no, fault, *values))
            staged += 1
    return staged
