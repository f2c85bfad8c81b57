"""The report: figures from the database, and the text of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from psycopg.rows import DictRow

from recon_kit.db import Connection, one, query, transaction
from recon_kit.plain import visible_in

ONE_ROW = ("status", "verdict", "inspection")
TEXT = ("models", "months", "days", "problems", "source", "repairs", "runs")
"""What the text shows: the rows of the query report_NAME each."""
LISTS = (*TEXT, "actions", "calendar", "energy", "top", "repaired", "gaps", "difficulty")
"""What the page, the JSON and the CSV have."""


class Listed(list[DictRow]):
    """Rows, and the names of their columns, which are known where there is no row too."""

    def __init__(self, found: Iterable[DictRow], columns: Sequence[str]) -> None:
        super().__init__(found)
        self.columns = columns


def collect(
    connection: Connection,
    from_date: date | None = None,
    to_date: date | None = None,
    lists: tuple[str, ...] = LISTS,
) -> dict[str, Any]:
    """The figures of a report over a range (None = no bound), all of one moment.

    Returns:
        from_date and to_date as given, the rows ``status``, ``verdict`` and ``inspection``, and
        the lists of rows (Listed) asked for by their names.
    """
    bounds = {"from_date": from_date, "to_date": to_date}
    with transaction(connection):
        connection.execute(query("see_one_moment"))
        single = {name: one(connection, f"report_{name}", **bounds) for name in ONE_ROW}
        found = {name: listed(connection, f"report_{name}", **bounds) for name in lists}
    return {**bounds, **single, **found}


def listed(connection: Connection, name: str, **parameters: Any) -> Listed:
    """The rows of a named query, with the names of their columns."""
    cursor = connection.execute(query(name), parameters)
    return Listed(cursor.fetchall(), [column.name for column in cursor.description or ()])


def as_text(figures: dict[str, Any], limit: int) -> str:
    """The report as plain text, with the last so many days, problems and runs."""
    return _templates.get_template("report.txt.j2").render(visible_in(figures), limit=limit)


def _figure(value: Decimal | int | None) -> str:
    if isinstance(value, Decimal):
        return f"{value:,f}"
    return "-" if value is None else f"{value:,}"


_templates = Environment(
    loader=PackageLoader("recon_kit.report", "."),
    autoescape=False,  # noqa: S701 - plain text
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["figure"] = _figure
