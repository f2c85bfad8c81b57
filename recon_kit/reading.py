"""Connections for screens: each transaction sees one moment, and none can write."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg_pool import ConnectionPool

from recon_kit.db import Connection, options_for, prepare, transaction, translated_errors
from recon_kit.pool import check
from recon_kit.session import Session

CONNECTIONS, SECONDS_TO_CONNECT = 4, 3.0


class Readings:
    """A few connections, opened when they are asked for.

    Args:
        url: Where the database is.

    Attributes:
        stop: Once set, nothing waits for a database that is silent.
    """

    def __init__(self, url: str) -> None:
        self.stop = threading.Event()
        self._used: set[Connection] = set()
        with translated_errors():
            options = options_for(url)
        options |= {"connect_timeout": SECONDS_TO_CONNECT}
        self._pool: ConnectionPool[Session] = ConnectionPool(
            url,
            connection_class=Session,
            min_size=0,
            max_size=CONNECTIONS,
            kwargs=options,
            configure=self._prepare,
            check=check,
            timeout=SECONDS_TO_CONNECT,
            reconnect_timeout=SECONDS_TO_CONNECT,
            open=True,
        )

    def close(self) -> None:
        """Closes the connections, those that wait for an answer too."""
        self.stop.set()
        for session in list(self._used):
            hang_up(session)
        self._pool.close(timeout=1)

    def _prepare(self, session: Session) -> None:
        session.stop = self.stop
        prepare(session)
        session.isolation_level = IsolationLevel.REPEATABLE_READ
        session.read_only = True

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection, in a transaction.

        Raises:
            ReconError: The database cannot be reached, or refuses.
        """
        with (
            translated_errors(),
            self._pool.connection() as connection,
            transaction(connection),
        ):
            self._used.add(connection)
            try:
                yield connection
            finally:
                self._used.discard(connection)


def hang_up(connection: psycopg.BaseConnection[Any]) -> None:
    """Ends a connection under whoever waits on it."""
    if connection.closed:
        return
    with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as way:
        way.shutdown(socket.SHUT_RDWR)
