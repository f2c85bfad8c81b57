"""Verbs of whoever is in charge: pause, confirm, skip, retry, forget."""

from __future__ import annotations

from typing import Annotated

import typer

from recon_kit import show
from recon_kit.cli.common import COUNT, Day, Json, Reason, app, database, flag
from recon_kit.db import rows, value


@app.command()
def pause(context: typer.Context, reason: Reason) -> None:
    """Let batches in flight end and begin no other."""
    with database(context) as (_, connection):
        value(connection, "pause", reason=reason)
    show.note("paused; recon-kit unpause ends it")


@app.command()
def unpause(context: typer.Context) -> None:
    """End a pause: batches begin again, and new runs."""
    with database(context) as (_, connection):
        was_paused = value(connection, "resume")
    show.note("the pause is over" if was_paused else "it was not paused")


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
    keep: Annotated[
        str | None,
        flag(
            "--keep",
            "RECON_PRUNE_HISTORY_KEEP",
            "How much to keep; else as recon.settings.keep_history says.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Forget runs, repairs and refusals that are older."""
    with database(context) as (_, connection):
        show.result(rows(connection, "prune_history", keep=keep), as_json=as_json)
