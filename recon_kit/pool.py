"""Connections for work that must get done: it is tried again, and an outage is waited out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout
from pybreaker import CircuitBreaker, CircuitBreakerError, CircuitBreakerListener
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_delay,
    stop_any,
    stop_when_event_set,
    wait_exponential_jitter,
)
from tenacity.nap import sleep_using_event

from recon_kit.db import Connection, connect, options_for, prepare, transaction, translated_errors
from recon_kit.errors import ReconError
from recon_kit.log import logger
from recon_kit.session import SHORTEST, Session, is_answer

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


def reach(url: str, patience: float, stop: threading.Event | None = None) -> Session:
    """A connection to a database that may be away: then it is waited for.

    Args:
        url: Where the database is.
        patience: Seconds to wait.
        stop: Once set, nothing is waited for.

    Raises:
        ReconError: It is away for longer, or until the stop, or refuses the sign-in.
    """
    stop = stop or threading.Event()

    def is_away(error: BaseException) -> bool:
        cause = error.__cause__
        return isinstance(cause, psycopg.OperationalError) and not is_answer(cause, url)

    def log(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if state.attempt_number == 1:
            reason = getattr(error, "message", None)
            logger.warning("waiting for the database", reason=reason, patience_seconds=patience)

    retrying = Retrying(
        retry=retry_if_exception(is_away),
        stop=stop_any(stop_after_delay(patience), stop_when_event_set(stop)),
        wait=wait_exponential_jitter(multiplier=0.2, max=SECONDS_OPEN),
        sleep=sleep_using_event(stop),
        before_sleep=log,
        reraise=True,
    )
    session: Session = retrying(connect, url, stop)
    return session


class Pool:
    """A pool of connections with a circuit breaker before it.

    Args:
        url: Where the database is.
        size: Connections at most.
        patience: Seconds to wait for a database that is gone.
        stop: What ends it; None for one of its own.
        on_wait: Called again and again while a statement or the way to the database is waited for.

    Attributes:
        stop: Once set, nothing is waited for any more: work in hand ends, but for that of a server
            that is silent.
    """

    def __init__(
        self,
        url: str,
        size: int,
        patience: float,
        stop: threading.Event | None = None,
        on_wait: Callable[[object], None] | None = None,
    ) -> None:
        self.stop = stop or threading.Event()
        self._url, self._patience, self._on_wait = url, patience, on_wait
        self._busy: set[Session] = set()
        with translated_errors():
            self._options = options_for(url)
        # What is silent is noticed in a part of the patience, so that the rest is for waiting.
        seconds = min(self._options["connect_timeout"], max(patience / 4, SHORTEST))
        self._options["connect_timeout"] = seconds
        self._breaker = CircuitBreaker(
            fail_max=FAILURES_TO_OPEN,
            reset_timeout=SECONDS_OPEN,
            listeners=[_CircuitLog()],
            throw_new_error_on_trip=False,
            name="database",
        )
        self._pool: ConnectionPool[Session] = ConnectionPool(
            url,
            connection_class=Session,
            min_size=0,
            max_size=size,
            kwargs=self._options,
            configure=self._prepare,
            check=check,
            timeout=SECONDS_TO_CONNECT,
            open=True,
        )

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close(timeout=SECONDS_TO_CONNECT)

    def run(self, work: Callable[[Connection], T]) -> T:
        """Does the work in a transaction of its own, three times at most.

        Raises:
            ReconError: It failed for good, or the database was gone for longer than the patience.
        """
        lost_at: list[float] = []

        def is_over(state: RetryCallState) -> bool:
            """The patience is one for all attempts."""
            error = state.outcome.exception() if state.outcome else None
            if error is None or not is_lost(error):
                return False
            lost_at.append(time.monotonic())
            return self.stop.is_set() or lost_at[-1] - lost_at[0] > self._patience

        retrying = Retrying(
            retry=retry_if_exception(is_passing),
            stop=lambda state: state.attempt_number >= ATTEMPTS or is_over(state),
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
            with suppress(psycopg.Error):  # one that cannot be reached is given up, see stop
                connection.cancel_safe(timeout=SECONDS_TO_CONNECT)

    def _prepare(self, session: Session) -> None:
        session.stop, session.on_wait = self.stop, self._on_wait
        prepare(session)

    def _once(self, work: Callable[[Connection], T]) -> T:
        with self._connection() as connection, transaction(connection):
            return work(connection)

    @contextmanager
    def _connection(self) -> Iterator[Session]:
        connection = self._wait_out(lambda: self._breaker.call(self._pool.getconn))
        self._busy.add(connection)
        try:
            yield connection
        finally:
            self._busy.discard(connection)
            self._pool.putconn(connection)

    def _wait_out(self, reach: Callable[[], Session]) -> Session:
        retrying = Retrying(
            retry=retry_if_exception(is_lost),
            stop=stop_any(stop_after_delay(self._patience), stop_when_event_set(self.stop)),
            wait=wait_exponential_jitter(multiplier=0.2, max=SECONDS_OPEN),
            sleep=sleep_using_event(self.stop),
            before_sleep=self._on_wait,
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
            with translated_errors():
                Session.connect(self._url, **self._options).close()
        except ReconError as error:
            return ReconError(f"the database was gone for too long: {error.message}", hint)
        return ReconError("the database was gone for too long; it has just come back", hint)


def check(session: Session) -> None:
    """Whether a connection that was idle still leads to the server.

    Raises:
        psycopg.OperationalError: It does not.
    """
    with session.answering_within(SECONDS_TO_CONNECT):
        ConnectionPool.check_connection(session)


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
