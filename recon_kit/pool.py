"""Connections for work that must get done: it is tried again, and an outage is waited out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout
from pybreaker import CircuitBreaker, CircuitBreakerError, CircuitBreakerListener
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    stop_any,
    stop_when_event_set,
    wait_exponential_jitter,
)
from tenacity.nap import sleep_using_event

from recon_kit.db import OPTIONS, Connection, connect, prepare, translated_errors
from recon_kit.errors import ReconError
from recon_kit.log import logger

T = TypeVar("T")

ATTEMPTS = 3
"""Times that a piece of work is tried."""

FAILURES_TO_OPEN, SECONDS_OPEN, SECONDS_TO_CONNECT = 3, 5.0, 2.0
"""The circuit: it opens after so many failures to connect, and tries again after so long."""

_PASSING = {
    "40001": "serialization failure",
    "40P01": "deadlock",
    "55P03": "lock not available",
}
_LOST = {
    "25P03": "idle in transaction for too long",
    "25P04": "transaction timeout",
    "53300": "too many connections",
    "57P01": "terminated by an administrator",
    "57P02": "server crashed",
    "57P03": "server is starting or stopping",
    "57P05": "idle for too long",
}
"""Errors that may be gone at the next attempt, by SQLSTATE; class 08 is lost too."""


def is_lost(error: BaseException) -> bool:
    """Whether the connection, or the way to the server, is gone."""
    if isinstance(error, PoolTimeout | CircuitBreakerError):
        return True
    if not isinstance(error, psycopg.OperationalError | psycopg.InternalError):
        return False
    state = error.sqlstate
    if state is None:  # said by libpq, and not by the server
        return isinstance(error, psycopg.OperationalError)
    return state in _LOST or state.startswith("08")


def is_passing(error: BaseException) -> bool:
    """Whether the same work may succeed when it is tried again."""
    return is_lost(error) or (isinstance(error, psycopg.Error) and error.sqlstate in _PASSING)


class Pool:
    """A pool of connections with a circuit breaker before it.

    Args:
        url: Where the database is.
        size: Connections at most.
        patience: Seconds to wait for a database that is gone.

    Attributes:
        stop: Once set, nothing is waited for any more.
    """

    def __init__(self, url: str, size: int, patience: float) -> None:
        self.stop = threading.Event()
        self._url, self._patience = url, patience
        self._busy: set[Connection] = set()
        self._breaker = CircuitBreaker(
            fail_max=FAILURES_TO_OPEN,
            reset_timeout=SECONDS_OPEN,
            listeners=[_CircuitLog()],
            throw_new_error_on_trip=False,
            name="database",
        )
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=0,
            max_size=size,
            kwargs=OPTIONS,
            configure=prepare,
            check=ConnectionPool.check_connection,
            timeout=SECONDS_TO_CONNECT,
            open=True,
        )

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def run(self, work: Callable[[Connection], T]) -> T:
        """Does the work in a transaction of its own, three times at most.

        Raises:
            ReconError: It failed for good, or the database was gone for longer than the patience.
        """
        retrying = Retrying(
            retry=retry_if_exception(is_passing),
            stop=stop_any(stop_after_attempt(ATTEMPTS), stop_when_event_set(self.stop)),
            wait=wait_exponential_jitter(multiplier=0.1, max=5),
            sleep=sleep_using_event(self.stop),
            before_sleep=_log_retry,
            reraise=True,
        )
        with translated_errors():
            done: T = retrying(self._once, work)
        return done

    def cancel(self) -> None:
        """Cancels the statements in flight; their transactions are undone."""
        for connection in list(self._busy):
            connection.cancel_safe(timeout=SECONDS_TO_CONNECT)

    def _once(self, work: Callable[[Connection], T]) -> T:
        with self._connection() as connection, connection.transaction():
            return work(connection)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        connection = self._wait_out(lambda: self._breaker.call(self._pool.getconn))
        self._busy.add(connection)
        try:
            yield connection
        finally:
            self._busy.discard(connection)
            self._pool.putconn(connection)

    def _wait_out(self, reach: Callable[[], Connection]) -> Connection:
        retrying = Retrying(
            retry=retry_if_exception(is_lost),
            stop=stop_any(stop_after_delay(self._patience), stop_when_event_set(self.stop)),
            wait=wait_exponential_jitter(multiplier=0.2, max=SECONDS_OPEN),
            sleep=sleep_using_event(self.stop),
            reraise=True,
        )
        try:
            return retrying(reach)
        except (PoolTimeout, CircuitBreakerError) as error:
            raise self._outage() from error

    def _outage(self) -> ReconError:
        """Why the database cannot be reached, which the pool does not tell."""
        hint = "What was committed stays. When it is back: recon-kit reconcile"
        try:
            connect(self._url).close()
        except ReconError as error:
            return ReconError(f"the database was gone for too long: {error.message}", hint)
        return ReconError("the database was gone for too long; it has just come back", hint)


class _CircuitLog(CircuitBreakerListener):
    """Says what the circuit does."""

    def state_change(self, cb: CircuitBreaker, _old: Any, new: Any) -> None:
        if new.name == "open":
            logger.warning("circuit opened", to=cb.name, next_try_in_seconds=cb.reset_timeout)
        elif new.name == "closed":
            logger.warning("circuit closed", to=cb.name)


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    sqlstate = getattr(error, "sqlstate", None)
    logger.warning(
        "trying again",
        attempt=state.attempt_number,
        sqlstate=sqlstate,
        reason=_PASSING.get(sqlstate or "") or _LOST.get(sqlstate or "") or "connection lost",
        wait_seconds=round(state.upcoming_sleep, 2),
    )
