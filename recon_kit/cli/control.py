"""Verbs of whoever is in charge: pause, confirm, skip, retry, forget, schedule."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from recon_kit import show
from recon_kit.cli.common import COUNT, Day, Json, Reason, app, database, flag
from recon_kit.db import rows, value


def at(name: str, what: str) -> Any:
    """When a job is to run."""
    variable = "RECON_" + name.strip("-").replace("-", "_").upper()
    return flag(name, variable, f"When to see to {what}, as cron has it, or never.")


@app.command()
def pause(context: typer.Context, reason: Reason) -> None:
    """Let batches in flight end and begin no other."""
    with database(context) as (_, connection):
        value(connection, "pause", reason=reason)
    show.note("paused; recon-kit resume ends it")


@app.command()
def confirm(
    context: typer.Context,
    run_id: Annotated[int, typer.Argument(parser=COUNT["parser"], metavar="RUN")],
) -> None:
    """Let the next run do what the fuse stopped this one from."""
    with database(context) as (_, connection):
        value(connection, "confirm", run_id=run_id)
    show.note(f"run {run_id} is confirmed; run again")


@app.command()
def retry_day(context: typer.Context, settlement_date: Day) -> None:
    """Put a failed or skipped day back among the pending ones."""
    with database(context) as (_, connection):
        value(connection, "retry_day", settlement_date=settlement_date)
    show.note(f"{settlement_date} is pending")


@app.command()
def skip_day(context: typer.Context, settlement_date: Day, reason: Reason) -> None:
    """Leave a day as it is, until retry-day."""
    with database(context) as (_, connection):
        value(connection, "skip_day", settlement_date=settlement_date, reason=reason)
    show.note(f"{settlement_date} is skipped")


@app.command()
def prune_history(
    context: typer.Context,
    keep: Annotated[str, flag("--keep", "RECON_KEEP", "How much to keep.")] = "90 days",
    as_json: Json = False,
) -> None:
    """Forget runs, repairs and refusals that are older."""
    with database(context) as (_, connection):
        show.result(rows(connection, "prune_history", keep=keep), as_json=as_json)


@app.command()
def schedule(
    context: typer.Context,
    reconcile_at: Annotated[str, at("--reconcile-at", "what is pending")] = "*/15 * * * *",
    daily_check_at: Annotated[str, at("--daily-check-at", "the daily check")] = "10 6 * * *",
    scrub_at: Annotated[str, at("--scrub-at", "the scrub")] = "40 2 * * *",
    verify_month_at: Annotated[str, at("--verify-month-at", "the month")] = "20 3 1 * *",
    prune_at: Annotated[str, at("--prune-at", "the pruning")] = "50 4 * * 0",
    as_json: Json = False,
) -> None:
    """Have pg_cron do the work, in the database alone; again, to change the times."""
    times = {
        "reconcile_at": reconcile_at,
        "daily_check_at": daily_check_at,
        "scrub_at": scrub_at,
        "verify_month_at": verify_month_at,
        "prune_at": prune_at,
    }
    given = {name: None if time == "never" else time for name, time in times.items()}
    with database(context) as (_, connection):
        show.result(rows(connection, "schedule_jobs", **given), as_json=as_json)


@app.command()
def unschedule(context: typer.Context, as_json: Json = False) -> None:
    """End what schedule began."""
    with database(context) as (_, connection):
        ended = rows(connection, "unschedule_jobs")
    show.result(ended, as_json=as_json, none="nothing was scheduled")
