"""Verbs by which it runs by itself: pg_cron's jobs, the worker, whoever listens."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from recon_kit import show
from recon_kit.cli.common import (
    BatchDays,
    Flags,
    Json,
    Verb,
    Workers,
    app,
    database,
    flag,
    logged,
    since,
    until_signalled,
    with_flags,
)
from recon_kit.cli.difficulty import reads_dynamodb
from recon_kit.db import connect, rows, value
from recon_kit.driver import Plan
from recon_kit.errors import UsageError
from recon_kit.settings import CORES, Settings

if TYPE_CHECKING:
    from recon_kit.events import Webhook


def at(name: str, what: str) -> Any:
    """When a job is to run."""
    variable = "RECON_" + name.strip("-").replace("-", "_").upper()
    return Annotated[str, flag(name, variable, f"When to see to {what}, as cron has it, or never.")]


TIMES: Flags = {
    "daily_check_at": (at("--daily-check-at", "the daily check"), "10 6 * * *"),
    "inspect_at": (at("--inspect-at", "the source"), "35 * * * *"),
    "scrub_at": (at("--scrub-at", "the scrub"), "40 2 * * *"),
    "verify_month_at": (at("--verify-month-at", "the month"), "20 3 1 * *"),
    "analysis_at": (at("--analysis-at", "the weekly analysis"), "0 7 * * 1"),
    "alerts_at": (at("--alerts-at", "the alerts"), "*/5 * * * *"),
    "prune_at": (at("--prune-at", "the pruning"), "50 4 * * 0"),
}


def timed(**more: tuple[Any, str]) -> Callable[[Verb], Verb]:
    """Gives a verb the flags of TIMES and more like them, and hands it the times by name."""
    flags = {**more, **TIMES}

    def decorate(verb: Verb) -> Verb:
        def run(context: typer.Context, **given: Any) -> None:
            times = {name: given.pop(name) for name in flags}
            verb(
                context,
                times={name: None if time == "never" else time for name, time in times.items()},
                **given,
            )

        return with_flags(verb, flags, run, without="times")

    return decorate


SYNC_AT = (at("--sync-at", "difficulty in DynamoDB"), "15 * * * *")
RECONCILE_AT = (at("--reconcile-at", "what is pending"), "*/15 * * * *")

WebhookUrl = Annotated[
    str | None,
    flag(
        "--webhook",
        "RECON_WEBHOOK",
        "Post events to this URL, signed where RECON_WEBHOOK_SECRET is set. From the environment "
        "alone: everybody sees a command line.",
        metavar="URL",
    ),
]
Severity = Annotated[
    Literal["note", "warning", "critical"],
    flag("--severity", "RECON_SEVERITY", "The least that is posted."),
]


def _webhook(context: typer.Context, url: str | None, severity: str) -> Webhook | None:
    if url is None:
        return None
    from recon_kit.events import Webhook

    source = context.get_parameter_source("webhook")
    if source is not None and source.name == "COMMANDLINE":
        raise UsageError(
            "--webhook is a secret, and everybody sees the command line of a process",
            "Set RECON_WEBHOOK instead.",
        )
    secret = context.obj.webhook_secret
    return Webhook(url, secret.get_secret_value() if secret else None, severity)


@app.command()
@timed(reconcile_at=RECONCILE_AT)
def schedule(context: typer.Context, times: dict[str, str | None], as_json: Json = False) -> None:
    """Have pg_cron do the work, in the database alone; again, to change the times."""
    with database(context) as (_, connection):
        show.result(rows(connection, "schedule_jobs", **times), as_json=as_json)


@app.command()
def unschedule(context: typer.Context, as_json: Json = False) -> None:
    """End what schedule began."""
    with database(context) as (_, connection):
        ended = rows(connection, "unschedule_jobs")
    show.result(ended, as_json=as_json, none="nothing was scheduled")


@app.command()
@logged(logging.INFO)
@reads_dynamodb()
@timed(sync_at=SYNC_AT)
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
        ),
    ] = 1,
    webhook: WebhookUrl = None,
    severity: Severity = "warning",
) -> None:
    """Reconcile what becomes pending and see to the rest by the clock (UTC), until SIGTERM."""
    from recon_kit.events import Listener
    from recon_kit.worker import Job, Worker, jobs_of

    target = _webhook(context, webhook, severity)
    with database(context, patience=inf) as (url, _):
        sync_at = times.pop("sync_at")
        jobs = jobs_of(url, times)
        if sync_at is not None:
            stop = threading.Event()
            jobs.append(Job("recon sync", sync_at, partial(_sync, url, settings, stop), stop.set))
        listener = Listener(url, lambda _: None, target) if target else None
        plan = Plan(batch_days=batch_days, workers=workers, patience=inf)
        running = Worker(url, plan, jobs, interval, listener)
    until_signalled(running.stop, running.run)


def _sync(url: str, settings: Settings, stop: threading.Event) -> None:
    from recon_kit.difficulty import sync_dynamodb

    with connect(url, stop) as connection:
        sync_dynamodb(connection, settings, stop=stop)


@app.command()
@logged(logging.INFO)
def listen(
    context: typer.Context,
    since: Annotated[timedelta, since("listen")] = timedelta(0),
    webhook: WebhookUrl = None,
    severity: Severity = "warning",
    once: Annotated[
        bool, flag("--once", "RECON_LISTEN_ONCE", "Tell and post what there is, and end.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print events as they happen, and post them to a webhook, until SIGTERM."""
    from recon_kit.events import Listener

    target = _webhook(context, webhook, severity)
    with database(context) as (url, _):
        listener = Listener(url, show.event_as_json if as_json else show.event, target, since)
    if once:
        listener.once()
    else:
        until_signalled(listener.stop.set, listener.run)


@app.command()
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
    public_url: Annotated[
        str | None,
        flag(
            "--public-url",
            "RECON_DASHBOARD_URL",
            "What browsers call it behind a proxy; who reads needs the token too.",
            metavar="URL",
        ),
    ] = None,
) -> None:
    """Show where the days stand as a live page, until SIGTERM; RECON_DASHBOARD_TOKEN is its key."""
    from recon_kit.dashboard import Dashboard

    settings: Settings = context.obj
    token = settings.dashboard_token
    with database(context) as (url, connection):
        value(connection, "state_stamp")
        dashboard = Dashboard(
            url,
            host=host,
            port=port,
            token=token.get_secret_value() if token else None,
            allow_actions=allow_actions,
            public_url=public_url,
        )
    show.line(f"the dashboard is at {dashboard.link} (Ctrl-C ends it)")
    until_signalled(dashboard.stop, dashboard.run)
