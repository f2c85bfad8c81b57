"""The report: figures from the database, drawn by a template."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from recon_kit.db import Connection, one, rows

_templates = Environment(
    loader=PackageLoader("recon_kit.report", "."),
    autoescape=False,  # noqa: S701 - plain text
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def collect(connection: Connection) -> dict[str, Any]:
    """The figures of a report: status, problem days, months by miner model, runs."""
    return {
        "status": one(connection, "status"),
        "summaries_off": one(connection, "summaries_off")["off"],
        "problems": rows(connection, "problem_days"),
        "months": rows(connection, "monthly"),
        "runs": rows(connection, "run_history"),
    }


def as_text(figures: dict[str, Any]) -> str:
    """The report as plain text."""
    return _templates.get_template("report.txt.j2").render(figures)
