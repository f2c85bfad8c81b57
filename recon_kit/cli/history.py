"""Verbs that look at runs and events, from any machine."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Annotated, Any

import typer

from recon_kit import show
from recon_kit.cli.common import WORK_REMAINS, database
from recon_kit.cli.flags import COUNT, Json, flag, since
from recon_kit.cli.verbs import verb
from recon_kit.db import Connection, each, rows, value
from recon_kit.errors import UsageError
from recon_kit.gaps import KINDS

SILENCE = 60
"""Seconds without a commit after which a watcher is told."""

RunArgument = Annotated[int | None, typer.Argument(parser=COUNT["parser"], metavar="[RUN]")]


@verb("Look", "runs 7", name="runs")
def runs_(
    context: typer.Context,
    run_id: RunArgument = None,
    limit: Annotated[int, flag("--limit", "RECON_RUNS_LIMIT", "Runs to list.", **COUNT)] = 20,
    as_json: Json = False,
) -> None:
    """List the latest runs, or show one in full."""
    with database(context) as (_, connection):
        if run_id is None:
            show.runs(rows(connection, "runs", limit=limit), as_json=as_json)
            return
        found = _found(connection, "run_detail", run_id)
        days = rows(connection, "run_results", run_id=run_id)
    show.run_detail(found, days, as_json=as_json)


@verb("Look", "events --since '7 days'", name="events")
def events_(
    context: typer.Context,
    since: Annotated[timedelta, since("events")] = timedelta(days=1),
    as_json: Json = False,
) -> None:
    """List what happened lately.

    It is what somebody may want to be told.
    """
    with database(context) as (_, connection):
        show.result(each(connection, "events", since=since), as_json=as_json, none="nothing")


@verb("Look", "watch")
def watch(
    context: typer.Context,
    run_id: RunArgument = None,
    interval: Annotated[
        float,
        flag("--interval", "RECON_WATCH_INTERVAL", "Seconds between looks.", min=0.1, max=3600),
    ] = 1,
) -> None:
    """Follow a run to its end, wherever it runs.

    Without RUN it is the latest, or the first to come.
    """
    with database(context) as (_, connection):
        run_id = run_id or _latest(connection, interval)
        seen = _found(connection, "run_progress", run_id)
        with show.progress(quiet=False) as bar:
            bar.start(seen["run_id"], seen["planned_days"])
            while seen["outcome"] is None:
                bar.reach(seen["done_days"], {kind: seen[kind] for kind in KINDS})
                if interval > SILENCE - seen["silent_seconds"] % SILENCE:
                    show.note(_silence(seen))
                time.sleep(interval)
                seen = _found(connection, "run_progress", run_id)
    show.line(f"run {run_id} {seen['outcome']}. {seen['message']}")
    if seen["outcome"] != "complete":
        raise typer.Exit(WORK_REMAINS)


def _latest(connection: Connection, interval: float) -> int:
    """The latest run; where there is none yet, the first one, once it begins."""
    run_id: int | None = value(connection, "latest_run")
    if run_id is None:
        show.note("there is no run yet; waiting for one (Ctrl-C ends it)")
    while run_id is None:
        time.sleep(interval)
        run_id = value(connection, "latest_run")
    return run_id


def _silence(seen: dict[str, Any]) -> str:
    return (
        f"run {seen['run_id']}: nothing was committed for {seen['silent_seconds']:.0f} s; if its "
        f"client is gone: recon-kit resume {seen['run_id']}"
    )


def _found(connection: Connection, name: str, run_id: int) -> dict[str, Any]:
    found = rows(connection, name, run_id=run_id)
    if not found:
        raise UsageError(f"there is no run {run_id}", "The runs there are: recon-kit runs")
    return found[0]
