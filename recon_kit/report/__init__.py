"""The report: figures from the database, drawn by a template."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from recon_kit.db import Connection, one, query, rows

LISTS = ("models", "months", "days", "problems", "repairs", "runs")
"""The sections of a report: the rows of the query report_NAME each."""


def collect(
    connection: Connection, from_date: date | None = None, to_date: date | None = None
) -> dict[str, Any]:
    """The figures of a report over a range (None = no bound), all of one moment."""
    bounds = {"from_date": from_date, "to_date": to_date}
    with connection.transaction():
        connection.execute(query("see_one_moment"))
        status = one(connection, "report_status", **bounds)
        lists = {name: rows(connection, f"report_{name}", **bounds) for name in LISTS}
    return {**bounds, "status": status, **lists}


def as_text(figures: dict[str, Any], limit: int) -> str:
    """The report as plain text, with the last so many days, problems and runs."""
    return _templates.get_template("report.txt.j2").render(figures, limit=limit)


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
