"""Verbs that repair by the half hour and by the cell."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Any

import typer

from recon_kit import show
from recon_kit.cli.common import WORK_REMAINS, database, logged
from recon_kit.cli.flags import CELL, COUNT, Day, DryRun, Farm, Json, Period, cell, flag
from recon_kit.cli.runs import one_date
from recon_kit.cli.verbs import verb
from recon_kit.db import Connection, one, rows


@verb("Repair", "critical 2025-03-01")
@logged(logging.INFO)
def critical(
    context: typer.Context,
    settlement_date: Day,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Repair one problem date by the half hour.

    Each half hour is verified, and a bad one is set aside.
    """
    if dry_run:
        one_date(context, settlement_date, dry_run=True, as_json=as_json)
        return
    from recon_kit.critical import reconcile_critical

    _end(context, lambda found: reconcile_critical(found, settlement_date), as_json=as_json)


@verb("Repair", "fix-critical --max-dates 5")
@logged(logging.INFO)
def fix_critical(
    context: typer.Context,
    max_dates: Annotated[
        int, flag("--max-dates", "RECON_MAX_DATES", "Dates at most.", **COUNT)
    ] = 20,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Repair large incomplete days by the half hour.

    They are the days of most curtailed energy that are not complete.
    """
    if dry_run:
        with database(context) as (_, connection):
            found = rows(connection, "plan_critical", max_dates=max_dates)
        show.result(found, as_json=as_json, none="nothing to do")
        return
    from recon_kit.critical import fix_critical

    _end(context, lambda found: fix_critical(found, max_dates), as_json=as_json)


def _end(
    context: typer.Context, work: Callable[[Connection], dict[str, Any]], *, as_json: bool
) -> None:
    """Does the work and says how it ended."""
    with database(context) as (_, connection):
        done = work(connection)
    show.fields(done, as_json=as_json)
    if done["outcome"] != "complete":
        raise typer.Exit(WORK_REMAINS)


@verb("Repair", "spot-fix 2025-03-01 17 T_CLDCW-1", settings=CELL)
@logged(logging.INFO)
def spot_fix(
    context: typer.Context,
    settlement_date: Day,
    settlement_period: Period,
    farm_id: Farm,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Repair one date, period and farm."""
    key = cell(settlement_date, settlement_period, farm_id)
    with database(context) as (_, connection):
        done = rows(connection, "plan_spot_fix" if dry_run else "spot_fix", **key)
        if not dry_run:
            one(connection, "refresh_summaries")
    show.result(done, as_json=as_json, none="nothing to repair: every value is right")
