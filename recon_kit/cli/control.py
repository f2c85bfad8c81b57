"""Verbs of whoever is in charge: pause, confirm, skip, retry, forget."""

from __future__ import annotations

from typing import Annotated

import typer

from recon_kit import show
from recon_kit.cli.common import database
from recon_kit.cli.flags import COUNT, Day, Json, Reason, flag
from recon_kit.cli.verbs import verb
from recon_kit.db import rows, value


@verb("Repair", "pause 'the server is upgraded'")
def pause(context: typer.Context, reason: Reason) -> None:
    """Pause all runs.

    Batches in flight end, and no other begins, until unpause.
    """
    with database(context) as (_, connection):
        value(connection, "pause", reason=reason)
    show.note("paused; recon-kit unpause ends it")


@verb("Repair", "unpause")
def unpause(context: typer.Context) -> None:
    """End a pause.

    Batches begin again, and new runs.
    """
    with database(context) as (_, connection):
        was_paused = value(connection, "resume")
    show.note("the pause is over" if was_paused else "it was not paused")


@verb("Repair", "confirm 12")
def confirm(
    context: typer.Context,
    run_id: Annotated[int, typer.Argument(parser=COUNT["parser"], metavar="RUN")],
) -> None:
    """Let a run happen that the fuse stopped.

    The next run does what this one was stopped from.
    """
    with database(context) as (_, connection):
        value(connection, "confirm", run_id=run_id)
    show.note(f"run {run_id} is confirmed; run again")


@verb("Repair", "retry-day 2025-03-01")
def retry_day(context: typer.Context, settlement_date: Day) -> None:
    """Make a failed or skipped day pending again."""
    with database(context) as (_, connection):
        value(connection, "retry_day", settlement_date=settlement_date)
    show.note(f"{settlement_date} is pending")


@verb("Repair", "skip-day 2025-03-01 'the source is being corrected'")
def skip_day(context: typer.Context, settlement_date: Day, reason: Reason) -> None:
    """Leave a day as it is, until retry-day."""
    with database(context) as (_, connection):
        value(connection, "skip_day", settlement_date=settlement_date, reason=reason)
    show.note(f"{settlement_date} is skipped")


@verb("Run by itself", "prune-history --keep '90 days'")
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
    """Forget runs, repairs and refusals of long ago."""
    with database(context) as (_, connection):
        found = rows(connection, "prune_history", keep=keep)
    old = [row for row in found if row["pruned_rows"] or row["open_rows"]]
    show.result(found if as_json else old, as_json=as_json, none="nothing is that old")
