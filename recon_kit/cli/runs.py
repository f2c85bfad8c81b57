"""Verbs that reconcile days."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Annotated

import typer
from psycopg.rows import DictRow

from recon_kit import show
from recon_kit.cli.common import BUSY, CLEAN, WORK_REMAINS, database, logged
from recon_kit.cli.flags import (
    COUNT,
    BatchDays,
    Day,
    DryRun,
    From,
    Json,
    To,
    Workers,
    days,
    flag,
    force,
)
from recon_kit.cli.verbs import verb
from recon_kit.db import Connection, one, rows
from recon_kit.driver import Plan, Run, reconcile
from recon_kit.settings import CORES

OrderBy = Annotated[
    str,
    flag(
        "--order-by",
        "RECON_ORDER_BY",
        "recent, oldest or largest first; usual: days after the last stored one, oldest first,"
        " then the others, newest first.",
    ),
]


@verb("Repair", "reconcile --from 2025-03-01 --to 2025-03-31", name="reconcile")
@logged(logging.INFO)
def reconcile_(
    context: typer.Context,
    from_date: From = None,
    to_date: To = None,
    batch_days: BatchDays = 10,
    max_batches: Annotated[
        int | None, flag("--max-batches", "RECON_MAX_BATCHES", "Stop after so many.", **COUNT)
    ] = None,
    order_by: OrderBy = "usual",
    force: Annotated[bool, force("reconcile")] = False,
    workers: Workers = CORES,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Repair what is pending.

    It finds each gap, repairs exactly that, and sums it up.
    """
    plan = Plan(from_date, to_date, order_by, force, batch_days, max_batches, workers)
    run(context, lambda _: plan, dry_run=dry_run, as_json=as_json)


@verb("Look", "plan --from 2025-03-01")
def plan(
    context: typer.Context,
    from_date: From = None,
    to_date: To = None,
    order_by: OrderBy = "usual",
    force: Annotated[bool, force("plan")] = False,
    as_json: Json = False,
) -> None:
    """Show what a run would do, and write nothing."""
    plan = Plan(from_date, to_date, order_by, force)
    run(context, lambda _: plan, dry_run=True, as_json=as_json)


@verb("Repair", "date 2025-03-01", name="date")
@logged(logging.INFO)
def date_(
    context: typer.Context,
    settlement_date: Day,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Reconcile one date, pending or not."""
    one_date(context, settlement_date, dry_run=dry_run, as_json=as_json)


def one_date(context: typer.Context, day: date, *, dry_run: bool, as_json: bool) -> None:
    """Reconciles a date that can have data, or shows what that would do."""

    def plan(connection: Connection) -> Plan:
        one(connection, "require_known_date", settlement_date=day)
        return Plan(day, day, force=True)

    run(context, plan, dry_run=dry_run, as_json=as_json)


@verb("Repair", "recent --days 7")
@logged(logging.INFO)
def recent(
    context: typer.Context,
    days: Annotated[int, days("recent")] = 30,
    batch_days: BatchDays = 10,
    force: Annotated[bool, force("recent")] = False,
    workers: Workers = CORES,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Reconcile what is pending of recent days."""

    def plan(connection: Connection) -> Plan:
        first = one(connection, "recent_range", days=days)
        return Plan(**first, force=force, batch_days=batch_days, workers=workers)

    run(context, plan, dry_run=dry_run, as_json=as_json)


@verb("Repair", "resume 7")
@logged(logging.INFO)
def resume(
    context: typer.Context,
    run_id: Annotated[int, typer.Argument(parser=COUNT["parser"], metavar="RUN")],
    batch_days: BatchDays = 10,
    workers: Workers = CORES,
    as_json: Json = False,
) -> None:
    """Go on with a run that was cut short.

    It was killed, interrupted or suspended; a pause is ended by unpause.
    """
    plan = Plan(batch_days=batch_days, workers=workers, resume=run_id)
    run(context, lambda _: plan, dry_run=False, as_json=as_json)


def run(
    context: typer.Context,
    make_plan: Callable[[Connection], Plan],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Makes a plan and runs it, or shows it; ends the command with the run's exit code."""
    with database(context, patience=context.obj.patience) as (url, connection):
        plan = make_plan(connection)
        if dry_run:
            show.result(planned(connection, plan), as_json=as_json, none="nothing to do")
            return
    done = drive(context, url, plan, as_json=as_json)
    show.run(done, as_json=as_json)
    raise typer.Exit(exit_code_of(done))


def planned(connection: Connection, plan: Plan) -> list[DictRow]:
    """What a run would do, day by day, in its order."""
    names = ("from_date", "to_date", "force", "order_by")
    return rows(connection, "plan", **{name: getattr(plan, name) for name in names})


def drive(context: typer.Context, url: str, plan: Plan, *, as_json: bool) -> Run:
    """Runs a plan, its progress shown."""
    with show.progress(quiet=as_json) as bar:
        return reconcile(
            url,
            replace(plan, patience=context.obj.patience),
            on_start=bar.start,
            on_batch=bar.advance,
        )


def exit_code_of(run: Run) -> int:
    """0 where all is well, 3 where days need something or changes can pass unnoticed, 4 if busy."""
    if run.outcome == "complete":
        return WORK_REMAINS if run.unnoticed else CLEAN
    if run.left_days and not run.problems and not run.was_limited:
        return BUSY
    return WORK_REMAINS
