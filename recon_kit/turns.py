"""Taking turns: with other deploys, and with whoever uses the tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.sql import SQL, Identifier
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from recon_kit.db import Connection, connect, query, rows, transaction, translated_errors
from recon_kit.errors import BusyError

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds to go on trying for tables that others hold."""

WAIT_FOR_DEPLOY = "2min"
"""Longest wait for another deploy."""

BUSY = (LockNotAvailable, DeadlockDetected)
"""What somebody else's lock brings; it is tried again."""


def exclusively(url: str, work: Callable[[Connection], T]) -> T:
    """Does the work in one transaction, with no deploy beside it.

    It gives way to whoever uses the tables, and tries again.

    Raises:
        BusyError: Another deploy, or a table in use, kept it waiting for too long.
    """
    with translated_errors(deploying=True), connect(url) as connection:
        return patiently(connection, lambda: _alone(connection, work))


def patiently(
    connection: Connection, work: Callable[[], T], *, so_far: str = "Nothing was changed."
) -> T:
    """Does what gives way to others where it has to wait for a lock, again and again.

    Args:
        connection: What works.
        work: What is done, in a transaction.
        so_far: What has come of it, if it cannot be done.

    Raises:
        BusyError: They kept it waiting for longer than the patience.
    """
    attempts = Retrying(
        retry=retry_if_exception_type(BUSY),
        stop=stop_after_delay(PATIENCE),
        wait=wait_random_exponential(multiplier=0.1, max=5),
        reraise=True,
    )
    try:
        done: T = attempts(work)
    except BUSY as error:
        holders = "; ".join(row["holder"] for row in rows(connection, "lock_holders"))
        raise BusyError(
            f"what has to be locked is in use: {holders or error.diag.message_primary}",
            f"{so_far} End that transaction or wait for it; then run again.",
        ) from error
    return done


def _alone(connection: Connection, work: Callable[[Connection], T]) -> T:
    with transaction(connection):
        take_turn(connection)
        return work(connection)


def take_turn(connection: Connection) -> None:
    """Waits for the deploy that is at work; from here to the end no other begins."""
    connection.execute(query("trust_no_path"))
    _wait_for_other_deploys(connection)


def _wait_for_other_deploys(connection: Connection) -> None:
    try:
        connection.execute(query("deploy_lock"), {"wait": WAIT_FOR_DEPLOY})
    except LockNotAvailable as error:
        raise BusyError(
            f"another deploy has held this database for {WAIT_FOR_DEPLOY}",
            "Wait for it, or end it (see pg_stat_activity); then run again.",
        ) from error


def lock_briefly(connection: Connection, tables: list[str]) -> None:
    """Locks them all at once, or none: who comes behind a lock that waits, waits with it.

    Not for long, as a deploy holds locks of the kit's own tables meanwhile; it is tried again.
    """
    statement = SQL("lock table {} in share row exclusive mode").format(
        SQL(", ").join(Identifier("public", name) for name in tables)
    )
    for attempt in Retrying(
        retry=retry_if_exception_type(BUSY),
        stop=stop_after_delay(0.5),
        wait=wait_random_exponential(multiplier=0.02, max=0.1),
        reraise=True,
    ):
        with attempt, connection.transaction():
            connection.execute(query("brief_wait"))
            connection.execute(statement)
            connection.execute(query("deploy_settings"))
