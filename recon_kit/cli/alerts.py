"""Verbs for monitoring: one line for a plugin, metrics for Prometheus, and their limits."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from psycopg.rows import DictRow

from recon_kit import show
from recon_kit.cli.common import database
from recon_kit.cli.flags import Json, Verbose, flag
from recon_kit.cli.verbs import verb
from recon_kit.db import rows, transaction, translated_errors, value
from recon_kit.errors import ReconError
from recon_kit.resources import GRAFANA

if TYPE_CHECKING:
    from recon_kit.http import Server
    from recon_kit.metrics import Samples
    from recon_kit.worker import Beside

UNKNOWN = 3
"""What a monitoring plugin exits with where it could not look."""


SECONDS_TO_POLL = 10.0
"""Until a database that signed us in has answered; it gives up each statement after 5 s itself."""


def _poll(context: typer.Context, name: str) -> list[DictRow]:
    """The rows of a named query, within a few seconds, from a database that runs."""
    with (
        translated_errors(),
        database(context, start=False) as (_, connection),
        connection.answering_within(SECONDS_TO_POLL),
        transaction(connection),
    ):
        value(connection, "bound_time")
        return rows(connection, name)


@verb("Look", "check -v")
def check(context: typer.Context, verbose: Verbose = False, as_json: Json = False) -> None:
    """Say in one line whether all is well.

    Exit codes are those of monitoring plugins: 0 ok, 1 warning, 2 critical, 3 unknown, where it
    could not look. It writes nothing and starts nothing.
    """
    try:
        found = _poll(context, "alerts")
    except ReconError as error:
        if as_json:
            show.error(error)
        else:
            step = f" -> {error.hint}" if error.hint else ""
            show.line(f"RECON UNKNOWN - {error.message}{step}")
        raise typer.Exit(UNKNOWN) from error
    try:
        show.alerts(found, verbose=verbose, as_json=as_json)
    except OSError as error:
        raise typer.Exit(UNKNOWN) from error
    raise typer.Exit(max(show.SEVERITIES.index(row["severity"]) for row in found))


def listen_on(verb: str) -> Any:
    """--listen of a verb that can serve the metrics."""
    variable = f"RECON_{verb.upper()}_LISTEN"
    text = "Serve /metrics, /healthz and /readyz on this port until SIGTERM."
    return flag("--listen", variable, text, min=0, max=65535, metavar="PORT")


def listen_at(verb: str) -> Any:
    """--host of a verb that can serve the metrics."""
    text = "Address to serve them on; all may read them there."
    return flag("--host", f"RECON_{verb.upper()}_HOST", text)


def _samples(context: typer.Context) -> Samples:
    from recon_kit.metrics import Samples

    return Samples(lambda: _poll(context, "metrics"))


def served(context: typer.Context, host: str, port: int) -> Server:
    """What serves the metrics, and answers probes."""
    from recon_kit.scrapes import scrapes

    server, address = scrapes(_samples(context), host, port)
    show.note(f"metrics on {address}")
    return server


@contextmanager
def serving(context: typer.Context, host: str, port: int | None) -> Iterator[list[Beside]]:
    """Serves the metrics and answers probes until the end of the block; nothing without a port."""
    from recon_kit.worker import Beside

    if port is None:
        yield []
        return
    server = served(context, host, port)
    with ThreadPoolExecutor(1) as thread:
        answering = thread.submit(server.answer)
        try:
            yield [Beside(answering.result, server.stop)]
        finally:
            server.stop()


@verb("Run by itself", "metrics --listen 9187")
def metrics(
    context: typer.Context,
    port: Annotated[int | None, listen_on("metrics")] = None,
    host: Annotated[str, listen_at("metrics")] = "127.0.0.1",
) -> None:
    """Print or serve metrics for Prometheus."""
    if port is None:
        typer.echo(_samples(context).text(), nl=False)
    else:
        served(context, host, port).answer()


@verb("Run by itself", "grafana")
def grafana() -> None:
    """Print a dashboard for Grafana, to be imported.

    It is plain SQL, for a data source that signs in as recon_reader.
    """
    show.block(GRAFANA.read_text(encoding="ascii").rstrip("\n"))


@verb("Run by itself", "set-alert-limit oldest_pending '2 hours' '1 day'")
def set_alert_limit(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ALERT")],
    warning_at: Annotated[
        str, typer.Argument(metavar="WARNING", help="Such as '2 hours' or 3; or never.")
    ],
    critical_at: Annotated[str, typer.Argument(metavar="CRITICAL", help="The same.")],
) -> None:
    """Set when an alert is a warning, or critical."""
    limits = {"warning_at": warning_at, "critical_at": critical_at}
    given = {limit: None if at == "never" else at for limit, at in limits.items()}
    with database(context) as (_, connection):
        value(connection, "set_alert_limit", alert=alert, **given)
    show.note(f"{alert} is a warning at {warning_at}, critical at {critical_at}")
