"""Verbs that look, and change nothing but what is pending."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from typing import Annotated

import typer
from psycopg.errors import LockNotAvailable
from psycopg.rows import DictRow

from recon_kit import show
from recon_kit.cli.common import WORK_REMAINS, database, logged, unless_empty
from recon_kit.cli.flags import CELL, Day, Depth, Farm, From, Json, Period, To, cell, flag
from recon_kit.cli.verbs import verb
from recon_kit.db import Connection, each, one, query, rows, transaction
from recon_kit.errors import BusyError


@verb("Look", "status")
def status(context: typer.Context, as_json: Json = False) -> None:
    """Show where the days stand.

    It counts them by state, and lists what needs a person.
    """
    with database(context) as (_, connection):
        verdict = one(connection, "report_verdict", from_date=None, to_date=None)
        overview = one(connection, "status")
        problems = rows(connection, "problem_days")
        unnoticed = rows(connection, "capture_gaps")
    show.status(verdict, overview, problems, unnoticed, as_json=as_json)
    if overview["blocked"] or overview["failed"] or overview["undated_records"] or unnoticed:
        raise typer.Exit(WORK_REMAINS)


@verb("Look", "analyze --max-days 20")
def analyze(
    context: typer.Context,
    max_days: Annotated[
        int, flag("--max-days", "RECON_MAX_DAYS", "Days to list; the others are counted.", min=0)
    ] = 10,
    as_json: Json = False,
) -> None:
    """Say what is wrong and what to do, worst first."""
    with database(context) as (_, connection):
        try:
            found = rows(connection, "analyze", max_days=max_days)
        except LockNotAvailable as error:
            show.findings(rows(connection, "session_problems"), as_json=as_json)
            raise BusyError(
                "a table is locked: nothing but the sessions could be looked at",
                "End the one that blocks, or wait for it; then run again.",
            ) from error
    show.findings(found, as_json=as_json, none="nothing is wrong")
    if any(row["severity"] != "note" for row in found):
        raise typer.Exit(WORK_REMAINS)


@verb("Look", "gaps --from 2025-03-01 --to 2025-03-31")
def gaps(
    context: typer.Context,
    from_date: From = None,
    to_date: To = None,
    limit: Annotated[
        int, flag("--limit", "RECON_GAPS_LIMIT", "Cells to list (all with --json).", min=0)
    ] = 20,
    as_json: Json = False,
) -> None:
    """List the cells that are not as they should be.

    They are missing, stale, wrong, orphan, blocked or of invalid source.
    """
    bounds = {"from_date": from_date, "to_date": to_date}
    with database(context) as (_, connection), transaction(connection):
        connection.execute(query("see_one_moment"))
        if as_json:
            found = show.documents(each(connection, "gaps", **bounds))
        else:
            counts = rows(connection, "gap_counts", **bounds)
            found = sum(row["cells"] for row in counts)
            within = {**bounds, "to_date": _reach(counts, limit) or to_date}
            cells = rows(connection, "first_gaps", **within, limit=limit) if limit else []
            none = "no gaps: every stored calculation is the expected one"
            show.gaps(counts, cells, none=unless_empty(connection, bounds, none))
    if found:
        raise typer.Exit(WORK_REMAINS)


def _reach(counts: list[DictRow], limit: int) -> date | None:
    """The date by which there are so many gaps, if there are."""
    return next((row["date"] for row in counts if row["cells_so_far"] >= limit), None)


@verb("Prove", "verify --from 2025-03-01 --to 2025-03-31")
@logged(logging.INFO)
def verify(
    context: typer.Context,
    from_date: From = None,
    to_date: To = None,
    depth: Depth = "cells",
    as_json: Json = False,
) -> None:
    """Prove a range from the source.

    What is off is listed and becomes pending.
    """
    with database(context) as (_, connection):
        bounds = {"from_date": from_date, "to_date": to_date}
        prove(connection, bounds, depth, as_json=as_json)


def prove(
    connection: Connection, bounds: Mapping[str, date | None], depth: str, *, as_json: bool
) -> None:
    """Verifies a range and shows what is off; ends the command with 3 where something is."""
    found = rows(connection, "verify", **bounds, depth=depth)
    none = unless_empty(connection, bounds, "all is as it should be")
    show.result(found, as_json=as_json, none=none)
    if found:
        raise typer.Exit(WORK_REMAINS)


@verb("Look", "explain 2025-03-01 17 T_CLDCW-1", settings=CELL)
def explain(
    context: typer.Context,
    settlement_date: Day,
    settlement_period: Period,
    farm_id: Farm,
    as_json: Json = False,
) -> None:
    """Say why the values of a period and farm are so."""
    with database(context) as (_, connection):
        found = rows(connection, "explain", **cell(settlement_date, settlement_period, farm_id))
    if as_json:
        show.result(found, as_json=True)
        return
    for model in found:
        show.fields(model, as_json=False)
        show.line("")
