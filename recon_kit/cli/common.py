"""What the verbs share: exit codes, the log, the database, the end by a signal."""

from __future__ import annotations

import io
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recon_kit import __version__, show
from recon_kit.cli.flags import Flags, LogFile, Quiet, Verb, Verbose, with_flags
from recon_kit.cli.force import elsewhere, in_force, put_in_force
from recon_kit.cli.verbs import app
from recon_kit.errors import ReconError, UsageError
from recon_kit.profiles import require_read
from recon_kit.settings import Settings, read_settings

if TYPE_CHECKING:
    from recon_kit.db import Connection
    from recon_kit.session import Session

CLEAN, FAILED, USAGE, WORK_REMAINS, BUSY = 0, 1, 2, 3, 4

FORGIVING = ("config", "down")
"""Verbs that do their work whatever is set and cannot be read: one says what, one needs little."""

_LOGGING: Flags = {
    "quiet": (Quiet, False),
    "verbose": (Verbose, False),
    "log_file": (LogFile, None),
}


def logged(off_terminal: int) -> Callable[[Verb], Verb]:
    """Gives a verb --quiet, --verbose and --log-file, and sets logging up before it runs.

    Args:
        off_terminal: The least level shown where there is no terminal; on one a bar tells the
            progress, and the log only what is amiss.
    """

    def decorate(verb: Verb) -> Verb:
        def run(
            context: typer.Context,
            *,
            quiet: bool,
            verbose: bool,
            log_file: Path | None,
            **given: Any,
        ) -> None:
            from recon_kit import log

            if quiet:
                show.hush()
            told = show.is_terminal() or given.get("as_json", False)
            level = logging.WARNING if told else off_terminal
            url = context.obj.database_url
            log.configure(
                show.note,
                level - 10 if verbose else level,
                file=log_file,
                database_url=url,
            )
            if quiet and not given.get("as_json"):
                _unless_clean(lambda: verb(context, **given))
            else:
                verb(context, **given)

        return with_flags(verb, _LOGGING, run)

    return decorate


def _unless_clean(work: Callable[[], None]) -> None:
    """Does the work, and shows its result only where the exit code is not 0."""
    result = io.StringIO()
    is_clean = False
    try:
        with redirect_stdout(result):
            work()
        is_clean = True
    except typer.Exit as ended:
        is_clean = ended.exit_code == CLEAN
        raise
    finally:
        if not is_clean:
            show.block(result.getvalue().rstrip("\n"))


def _version(asked: bool) -> None:
    if asked:
        show.line(__version__)
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    database_url: Annotated[
        str | None,
        typer.Option(
            envvar="DATABASE_URL",
            show_envvar=True,
            metavar="URL",
            help="PostgreSQL to work on; without it a local database that is kept.",
        ),
    ] = None,
    _profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            envvar="RECON_PROFILE",
            show_envvar=True,
            is_eager=True,
            callback=put_in_force,
            metavar="NAME",
            help="What is set under this name in profiles.toml, where nothing else sets it.",
        ),
    ] = None,
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    source = context.get_parameter_source("database_url")
    typed = source is not None and source.name == "COMMANDLINE"
    if database_url and typed:
        _require_no_secret(database_url)
    if context.invoked_subcommand in FORGIVING:
        return
    require_read(in_force(context))
    settings = read_settings(elsewhere(context), url_is_typed=typed)
    if database_url is not None and not database_url.strip():
        raise UsageError("--database-url is empty", "Leave it out for the local database.")
    if database_url:
        settings = replace(settings, database_url=database_url)
    context.obj = settings


def _require_no_secret(url: str) -> None:
    from recon_kit.url import secrets_of

    if secrets_of(url):
        raise UsageError(
            "--database-url holds a password, and everybody sees the command line of a process",
            "Set DATABASE_URL instead, or keep the password in PGPASSWORD or ~/.pgpass.",
        )


@contextmanager
def database(
    context: typer.Context,
    *,
    start: bool = True,
    patience: float | None = None,
    stop: threading.Event | None = None,
) -> Iterator[tuple[str, Session]]:
    """The database of this command.

    Args:
        context: With the settings.
        start: Whether the local one is started where it does not run.
        patience: Seconds to wait for one that is away; None for none.
        stop: Once set, it is not waited for any more.

    Raises:
        ReconError: There is none to look at, or it cannot be reached.
    """
    settings: Settings = context.obj
    if settings.database_url:
        url = settings.database_url
    else:
        from recon_kit.local import LocalDatabase

        local = LocalDatabase()
        if not local.running():
            if not start:
                lack = f"the local database in {local.folder} does not run"
                raise ReconError(lack, "recon-kit up, or set DATABASE_URL")
            show.note(f"starting the local database in {local.folder} (recon-kit down stops it)")
        url = local.up()
    with _connected(url, patience, stop) as connection:
        connection.on_wait = show.waiting
        yield url, connection


def _connected(url: str, patience: float | None, stop: threading.Event | None) -> Session:
    if patience is None:
        from recon_kit.db import connect

        return connect(url)
    from recon_kit.pool import reach

    return reach(url, patience, stop)


def until_signalled(stop: Callable[[], None], run: Callable[[], None]) -> None:
    """Runs until SIGTERM or Ctrl-C, and then to its end.

    A handler is called in the midst of what the main thread is doing, with the lock of an event or
    of a log in its hands: it may pass on that there was a signal, and no more.
    """
    signals: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: signals.put(number))

    def wait() -> None:
        while signals.get():
            stop()

    threading.Thread(target=wait, daemon=True).start()
    run()


def unless_empty(connection: Connection, bounds: Mapping[str, date | None], words: str) -> str:
    """The words for nothing found, where there was something to look at."""
    from recon_kit.db import value

    return "no data" if value(connection, "is_empty", **bounds) else words
