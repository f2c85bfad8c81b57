"""Verbs by which it runs by itself: pg_cron's jobs, the worker, whoever listens."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from math import inf
from typing import Annotated, Any

import typer

from recon_kit import show
from recon_kit.cli.alerts import listen_at, listen_on, serving
from recon_kit.cli.common import database, logged, until_signalled
from recon_kit.cli.difficulty import reads_dynamodb
from recon_kit.cli.flags import BatchDays, Flags, Json, Verb, Workers, flag, since, with_flags
from recon_kit.cli.verbs import verb
from recon_kit.cli.webhooks import (
    PublicUrl,
    Severity,
    WebhookUrl,
    require_webhooks,
    webhooks_here,
)
from recon_kit.db import connect, rows, value
from recon_kit.driver import Plan
from recon_kit.errors import ReconError
from recon_kit.settings import CORES, Settings

JOBS = {
    "recon reconcile": "reconcile_at",
    "recon sync": "sync_at",
    "recon daily check": "daily_check_at",
    "recon inspect source": "inspect_at",
    "recon scrub": "scrub_at",
    "recon verify month": "verify_month_at",
    "recon weekly analysis": "analysis_at",
    "recon alerts": "alerts_at",
    "recon prune job details": "prune_at",
    "recon prune history": "prune_at",
}
"""The jobs of recon.jobs, and the flags that change their times."""


def timed(*, without: str) -> Callable[[Verb], Verb]:
    """Gives a verb the flags of JOBS but one, and hands it the times that were given, by job."""

    def at(name: str, job: str) -> Any:
        help_ = f"When to run {job!r}, as cron has it, or never; else as recon.jobs has it."
        return Annotated[
            str | None, flag("--" + name.replace("_", "-"), f"RECON_{name.upper()}", help_)
        ]

    flags: Flags = {name: (at(name, job), None) for job, name in JOBS.items() if job != without}

    def decorate(verb: Verb) -> Verb:
        def run(context: typer.Context, **given: Any) -> None:
            named = {name: given.pop(name) for name in flags}
            times = {
                job: None if named[name] == "never" else named[name]
                for job, name in JOBS.items()
                if named.get(name) is not None
            }
            verb(context, times=times, **given)

        return with_flags(verb, flags, run, without="times")

    return decorate


@verb("Run by itself", "schedule --reconcile-at '*/10 * * * *'")
@timed(without="recon sync")
def schedule(context: typer.Context, times: dict[str, str | None], as_json: Json = False) -> None:
    """Have pg_cron do the work.

    It is done in the database alone. Called again, it takes what recon.jobs has by then.
    """
    with database(context) as (_, connection), connection.transaction():
        for job, time in times.items():
            value(connection, "set_job_time", job=job, schedule=time)
        scheduled = rows(connection, "schedule_jobs")
    show.result(scheduled, as_json=as_json)


@verb("Run by itself", "unschedule")
def unschedule(context: typer.Context, as_json: Json = False) -> None:
    """End what schedule began."""
    with database(context) as (_, connection):
        ended = rows(connection, "unschedule_jobs")
    show.result(ended, as_json=as_json, none="nothing was scheduled")


@verb("Run by itself", "worker --sync-at '5 * * * *'")
@logged(logging.INFO)
@reads_dynamodb()
@timed(without="recon reconcile")
def worker(
    context: typer.Context,
    settings: Settings,
    times: dict[str, str | None],
    batch_days: BatchDays = 10,
    workers: Workers = CORES,
    interval: Annotated[
        float,
        flag(
            "--interval",
            "RECON_WORKER_INTERVAL",
            "Seconds between looks for work at most.",
            min=0.02,
            max=60,
        ),
    ] = 0.25,
    webhook: WebhookUrl = None,
    severity: Severity = "warning",
    public_url: PublicUrl = None,
    port: Annotated[int | None, listen_on("worker")] = None,
    host: Annotated[str, listen_at("worker")] = "127.0.0.1",
) -> None:
    """Do the work as a service, until SIGTERM.

    What becomes pending is reconciled at once, the rest done by the clock (UTC).
    """
    from recon_kit.events import Listener
    from recon_kit.worker import Beside, Worker, jobs_of

    webhooks = webhooks_here(context, webhook, severity, public_url)
    stop = threading.Event()
    stops = [stop.set]

    def work() -> None:
        with serving(context, host, port) as beside:
            try:
                with database(context, patience=inf, stop=stop) as (url, connection):
                    require_webhooks(connection, webhooks)
            except ReconError:
                if stop.is_set():  # and not for an error that ends the waiting
                    return
                raise
            ours = {"recon sync": (partial(_sync, url, settings, stop), stop.set)}
            jobs = jobs_of(url, times, ours)
            for each in webhooks:
                listener = Listener(url, lambda _: None, each)
                beside.append(Beside(listener.run, listener.stop.set))
            plan = Plan(batch_days=batch_days, workers=workers, patience=inf)
            running = Worker(url, plan, jobs, interval, beside)
            stops.append(running.stop)
            if stop.is_set():
                running.stop()
            running.run()

    def end() -> None:
        for each in stops:
            each()

    until_signalled(end, work)


def _sync(url: str, settings: Settings, stop: threading.Event) -> None:
    from recon_kit.difficulty import sync_dynamodb

    with connect(url, stop) as connection:
        sync_dynamodb(connection, settings, stop=stop)


@verb("Run by itself", "listen --since '1 hour'")
@logged(logging.INFO)
def listen(
    context: typer.Context,
    since: Annotated[timedelta, since("listen")] = timedelta(0),
    webhook: WebhookUrl = None,
    severity: Severity = "warning",
    public_url: PublicUrl = None,
    once: Annotated[
        bool, flag("--once", "RECON_LISTEN_ONCE", "Tell and post what there is, and end.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print events as they happen, until SIGTERM.

    They are posted too, to each webhook whose URL is in the environment.
    """
    from recon_kit.events import Listener, run_all

    webhooks, stop = webhooks_here(context, webhook, severity, public_url), threading.Event()
    with database(context) as (url, connection):
        require_webhooks(connection, webhooks)
    tell = show.event_as_json if as_json else show.event
    listeners = [Listener(url, tell, since=since, stop=stop)]
    listeners += [Listener(url, lambda _: None, each, stop=stop) for each in webhooks]
    if once:
        run_all(listeners, once=True)
    else:
        show.note("listening for events (Ctrl-C ends it)")
        until_signalled(stop.set, lambda: run_all(listeners))


@verb("Look", "serve --port 8000")
@logged(logging.WARNING)
def serve(
    context: typer.Context,
    host: Annotated[
        str,
        flag(
            "--host",
            "RECON_DASHBOARD_HOST",
            "Address to bind to; beyond loopback, who reads needs the token too.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        flag("--port", "RECON_DASHBOARD_PORT", "Port; 0 for one that is free.", min=0, max=65535),
    ] = 8000,
    allow_actions: Annotated[
        bool,
        flag(
            "--allow-actions",
            "RECON_ALLOW_ACTIONS",
            "Buttons that reconcile, retry and skip a day.",
        ),
    ] = False,
    public_url: PublicUrl = None,
) -> None:
    """Show where the days stand as a live page.

    Until SIGTERM. RECON_DASHBOARD_TOKEN is its key.
    """
    from recon_kit.dashboard import Dashboard

    settings: Settings = context.obj
    with database(context) as (url, connection):
        value(connection, "state_stamp")
        dashboard = Dashboard(
            url,
            host=host,
            port=port,
            token=settings.dashboard_token,
            allow_actions=allow_actions,
            public_url=public_url,
        )
    show.line(f"the dashboard is at {dashboard.link} (Ctrl-C ends it)")
    until_signalled(dashboard.stop, dashboard.run)
