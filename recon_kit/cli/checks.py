"""Verbs of every day: check what is recent, verify a month or a little at a time, report."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Annotated

import typer

from recon_kit import show
from recon_kit.cli.common import CLEAN, WORK_REMAINS, database, logged
from recon_kit.cli.flags import (
    BatchDays,
    Depth,
    DryRun,
    From,
    Json,
    Out,
    To,
    Workers,
    days,
    flag,
    force,
)
from recon_kit.cli.runs import drive, exit_code_of, planned
from recon_kit.cli.verbs import verb
from recon_kit.cli.views import prove
from recon_kit.db import one, rows, transaction
from recon_kit.driver import Plan
from recon_kit.settings import CORES


@verb("Prove", "daily-check --days 3")
@logged(logging.INFO)
def daily_check(
    context: typer.Context,
    days: Annotated[int, days("daily_check")] = 2,
    batch_days: BatchDays = 10,
    force: Annotated[bool, force("daily_check")] = False,
    workers: Workers = CORES,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Verify the last days, and repair what is off.

    They are verified cell by cell; what is pending of them is reconciled too.
    """
    with database(context, patience=context.obj.patience) as (url, connection):
        with transaction(connection, force_rollback=dry_run):
            found = one(connection, "verify_recent", days=days)
            plan = Plan(
                found["from_date"],
                found["to_date"],
                force=force,
                batch_days=batch_days,
                workers=workers,
            )
            would_do = planned(connection, plan) if dry_run else []
        if dry_run:
            show.note(found["message"])
            show.result(would_do, as_json=as_json, none="nothing to do")
            return
    run = drive(context, url, plan, as_json=as_json)
    show.run(replace(run, message=f"{found['message']} {run.message}"), as_json=as_json)
    raise typer.Exit(exit_code_of(run) or (WORK_REMAINS if found["undated_records"] else CLEAN))


@verb("Prove", "verify-month 2025-03")
@logged(logging.INFO)
def verify_month(
    context: typer.Context,
    year_month: Annotated[
        str | None,
        typer.Argument(
            metavar="[YYYY-MM]",
            help="The current month if left out, and on its first day the previous one too.",
        ),
    ] = None,
    depth: Depth = "cells",
    as_json: Json = False,
) -> None:
    """Prove a month from the source.

    What is off is listed and becomes pending.
    """
    with database(context) as (_, connection):
        bounds = one(connection, "month_range", year_month=year_month)
        prove(connection, bounds, depth, as_json=as_json)


@verb("Prove", "scrub --budget '5 minutes'")
@logged(logging.INFO)
def scrub(
    context: typer.Context,
    budget: Annotated[
        str, flag("--budget", "RECON_SCRUB_BUDGET", "Time to spend, such as '5 minutes'.")
    ] = "30 seconds",
    as_json: Json = False,
) -> None:
    """Verify the days that were verified longest ago.

    A little each time, as far as the budget goes.
    """
    with database(context) as (_, connection):
        done = one(connection, "scrub", budget=budget)
        days = one(connection, "status")
    show.fields(done, as_json=as_json)
    left_out = sum(days[state] for state in ("blocked", "failed", "skipped"))
    if left_out:
        show.note(f"{left_out:,} days are blocked, failed or skipped: nothing proves them")
    if done["days_off"] or left_out:
        raise typer.Exit(WORK_REMAINS)


@verb("Look", "report --out report", name="report")
def report_(
    context: typer.Context,
    from_date: From = None,
    to_date: To = None,
    limit: Annotated[
        int, flag("--limit", "RECON_REPORT_LIMIT", "Days, problems and runs to list.", min=0)
    ] = 10,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Report figures, failures and repairs.

    Per miner model, month and day, on the terminal or as a page.
    """
    from recon_kit import report

    lists = report.LISTS if out or as_json else report.TEXT
    with database(context) as (_, connection):
        figures = report.collect(connection, from_date, to_date, lists)
        unnoticed = rows(connection, "capture_gaps")
    show.block(show.as_json_text(figures) if as_json else report.as_text(figures, limit))
    if out:
        from recon_kit.report.files import write

        show.note(f"written: {write(figures, out)}; the figures as JSON and CSV beside it")
    if figures["verdict"]["grade"] == "work remains" or unnoticed:
        raise typer.Exit(WORK_REMAINS)
