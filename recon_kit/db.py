"""Connections to PostgreSQL, and its errors in words a person can act on."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from recon_kit.advice import as_verbs
from recon_kit.errors import BusyError, ReconError, UsageError
from recon_kit.resources import QUERIES
from recon_kit.session import Session
from recon_kit.url import parts_of

Connection = psycopg.Connection[DictRow]

OPTIONS: dict[str, Any] = {
    "autocommit": True,
    "client_encoding": "utf8",
    "application_name": "recon-kit",
    "prepare_threshold": None,
    "row_factory": dict_row,
}
"""How every connection is opened. Statements are not prepared on the server, so that it works
through PgBouncer in transaction mode."""

WAITS: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""How long a network may be silent, unless the URL says otherwise. A statement has no time limit:
see recon_kit.session."""

_OF_TIME = ("22007", "22008", "22015")
"""A date or a length of time that is none, or beyond what there is."""

_HINTS = {
    "3F000": "Install the kit in this database: recon-kit migrate",
    "42P01": "Install the kit in this database: recon-kit migrate",
    "42883": "Bring the code in this database up to date: recon-kit migrate",
    "2D000": "Send the call alone, outside a transaction, over an autocommit connection.",
    "25006": "Set DATABASE_URL to the primary; a standby answers what only reads, such as status.",
    "42501": "Sign in as a role that may, or ask the kit's owner: grant recon_operator to this "
    "role. Deploying and loading files are the owner's.",
    **dict.fromkeys(
        _OF_TIME, "Write a date as 2025-03-01, and a length of time as 90 days or 30 seconds."
    ),
}
"""The next step, by SQLSTATE, where the server gives none."""

_OF_THE_KIT = ("3F000", "42P01", "42883")
"""What is not there is the kit's only where it is named so."""

_BEYOND_DEPLOYS = (
    "Nothing was changed. What a migration had made is gone, and none makes it again: restore the "
    "schema recon from a dump, or begin anew: recon-kit uninstall, then migrate."
)
"""The same where a deploy finds that it is not there."""


def query(name: str) -> str:
    """The statement of that name in queries/."""
    return QUERIES[name]


def options_for(url: str) -> dict[str, Any]:
    """How a connection to this URL is opened."""
    parts = parts_of(url)
    given = parts.get("connect_timeout") or os.environ.get("PGCONNECT_TIMEOUT")
    waits = {name: parts.get(name, wait) for name, wait in WAITS.items()}
    try:
        seconds = float(str(given)) if given else 0.0
    except ValueError as error:
        raise UsageError(f"connect_timeout is {given!r}, not a number of seconds") from error
    return {**OPTIONS, **waits, "connect_timeout": seconds or WAITS["connect_timeout"]}


def connect(url: str, stop: threading.Event | None = None) -> Session:
    """An autocommit connection whose transactions are read committed.

    Args:
        url: Anything libpq takes: a URL or ``key=value`` pairs.
        stop: Once set, a server that is silent is not waited for.

    Raises:
        ReconError: The server cannot be reached or refuses the sign-in.
        UsageError: The URL cannot be read.
    """
    with translated_errors():
        connection = Session.connect(url, **options_for(url))
    connection.stop = stop
    with translated_errors():
        prepare(connection)
    return connection


def prepare(connection: Connection) -> None:
    """What a new connection needs besides its options."""
    connection.isolation_level = IsolationLevel.READ_COMMITTED
    connection.adapters.register_loader("numeric", _Trimmed)
    connection.execute(query("session_settings"))


class _Trimmed(Loader):
    """Numbers without the zeros at their end, which say how they were worked out."""

    def load(self, data: Buffer) -> Decimal:
        text = bytes(data).decode()
        return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


@contextmanager
def transaction(connection: Connection, *, force_rollback: bool = False) -> Iterator[None]:
    """A transaction, or a savepoint in one, under the settings of the kit.

    A role, a database, a server, the URL and libpq's variables can each bring others. What poolers
    carry along for a client is set once, for the session; the rest for each transaction, so that it
    stays with nobody else to whom a pooler lends the connection.
    """
    is_outermost = connection.info.transaction_status == TransactionStatus.IDLE
    with connection.transaction(force_rollback=force_rollback):
        if is_outermost:
            connection.execute(query("transaction_settings"))
        yield


def one(connection: Connection, name: str, **parameters: Any) -> DictRow:
    """The only row of a named query."""
    found = rows(connection, name, **parameters)
    if not found:
        raise ReconError(f"query {name} returned no row")
    return found[0]


def value(connection: Connection, name: str, **parameters: Any) -> Any:
    """The only column of the only row of a named query."""
    return next(iter(one(connection, name, **parameters).values()))


def rows(connection: Connection, name: str, **parameters: Any) -> list[DictRow]:
    """All rows of a named query, in a transaction; a call makes those that it needs by itself."""
    statement = query(name)
    is_call = statement.startswith("call ")
    with nullcontext() if is_call else transaction(connection):
        return connection.execute(statement, parameters).fetchall()


def each(connection: Connection, name: str, **parameters: Any) -> Iterator[DictRow]:
    """The rows of a named query, however many: a thousand at a time are in memory."""
    with transaction(connection), connection.cursor("rows_of_a_query") as cursor:
        cursor.itersize = 1000
        cursor.execute(query(name), parameters)
        yield from cursor


@contextmanager
def translated_errors(*, deploying: bool = False) -> Iterator[None]:
    """Turns psycopg's errors into the kit's, by SQLSTATE; in a deploy none advises to deploy."""
    try:
        yield
    except psycopg.Error as error:
        raise translate(error, deploying=deploying) from error


def translate(error: psycopg.Error, *, deploying: bool = False) -> ReconError:
    """The kit's error for one of psycopg's: the server's message and detail, and the next step.

    22023 (an argument that cannot be right) is a UsageError, 55P03 and 57014 (waited too long)
    a BusyError.
    """
    state = error.sqlstate or ""
    message = error.diag.message_primary or _connection_message(error)
    message = ", ".join([message, *getattr(error, "__notes__", [])])
    if error.diag.message_detail:
        message = f"{message}: {as_verbs(error.diag.message_detail)}"
    if state == "25006":
        message = f"this is a standby, or its transactions only read: {message}"
    ours = _hint(state, error, deploying=deploying)
    theirs = as_verbs(error.diag.message_hint or "")
    hint = (ours or theirs or None) if state in _OF_THE_KIT else (theirs or ours)
    if state in ("22023", *_OF_TIME):
        return UsageError(message, hint)
    if state in ("55P03", "57014"):
        return BusyError(message, hint or "Try again; what had been committed before stays.")
    if isinstance(error, psycopg.OperationalError) and hint is None:
        hint = (
            "Check that the server runs, that DATABASE_URL leads to it (with sslmode=verify-full "
            "where it wants TLS), and that the database and the user in it exist; then run again."
        )
    return ReconError(message, hint)


def _hint(state: str, error: psycopg.Error, *, deploying: bool) -> str | None:
    """The next step, by SQLSTATE; where the platform's own code failed, that is to be mended."""
    raised_in = re.search(r"[\w\"$.]+\([^()]*\)", error.diag.context or "")
    is_of_others = raised_in and not raised_in[0].startswith(("recon.", "pg_catalog."))
    if raised_in and is_of_others and state != "25006":
        return f"{raised_in[0]} is not of the kit: mend it, or what it works on; then run again."
    if state in _OF_THE_KIT and "recon" not in (error.diag.message_primary or "recon"):
        return None
    if deploying and state in _OF_THE_KIT:
        return _BEYOND_DEPLOYS
    return _HINTS.get(state)


def _connection_message(error: psycopg.Error) -> str:
    """The last attempt in libpq's account; lines that are indented only comment on it."""
    lines = [line for line in str(error).splitlines() if line.strip() == line != ""]
    attempts = [number for number, line in enumerate(lines) if " failed: " in line]
    return " ".join(lines[attempts[-1] if attempts else -1 :]) or type(error).__name__
