"""A connection that waits for no answer for ever.

A statement may take as long as it takes, so no time limit tells a long one from a network that
stalls, and a proxy goes on answering TCP for a server that is gone. So silence is looked into: over
a connection of its own, by which the server has to answer, and to say that it is at the statement.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow

from recon_kit.deadline import within
from recon_kit.resources import QUERIES

QUIET = 10.0
"""Seconds without an answer after which it is asked whether somebody is there. The same is the time
that this may take, and then it is asked once more."""

HURRY = 1.0
"""The same once the session is to end; then it is asked once."""

LONG = 2.0
"""Seconds after which somebody who waits is told so."""

LOOKS = 2
"""Times in a row that nobody has to be there, until the session is given up."""

SHORTEST = 2.0
"""Seconds that any connection may take; libpq has no shorter time."""


class SilentServerError(psycopg.OperationalError):
    """The server, or the way to it, is silent."""


class Session(psycopg.Connection[DictRow]):
    """A connection that is given up where the server is silent, and nobody is at its statement.

    Attributes:
        source: How it was opened.
        quiet: Seconds without an answer after which that is looked into.
        stop: Once set, it is looked into at once.
        on_wait: Called with the seconds that a statement takes, if many, and None once it ends.
    """

    source: tuple[str, dict[str, Any]] = ("", {})
    quiet: float = QUIET
    stop: threading.Event | None = None
    on_wait: Callable[[float | None], None] | None = None
    _until: float | None = None

    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Session:
        """Opens it; the time to connect is one for all its hosts.

        Raises:
            psycopg.Error: It cannot be opened, or not in that time.
        """
        parts = conninfo_to_dict(conninfo)
        hosts = str(options.get("host") or parts.get("host") or "").count(",") + 1
        seconds = float(options.get("connect_timeout") or QUIET)
        each = max(seconds / hosts, SHORTEST)
        opening = super().connect
        try:
            session: Session = within(
                max(seconds, SHORTEST) + 0.5,
                lambda: opening(conninfo, **{**options, "connect_timeout": int(each)}),
                late=lambda late: late.close(),
            )
        except (TimeoutError, psycopg.errors.ConnectionTimeout) as error:
            told = f"the server has not answered within {seconds:g} s"
            raise psycopg.errors.ConnectionTimeout(told) from error
        session.source = (conninfo, options)
        session.quiet = seconds
        return session

    @contextmanager
    def answering_within(self, seconds: float) -> Iterator[None]:
        """A block whose statements are short: all of them end in this time, or the session does."""
        self._until = time.monotonic() + seconds
        try:
            yield
        finally:
            self._until = None

    def wait(self, gen: PQGen[RV], *args: Any, **given: Any) -> RV:
        """Waits for what a statement sends or awaits, while somebody is there."""
        return super().wait(self._watched(gen), *args, **given)

    def _watched(self, gen: PQGen[RV]) -> PQGen[RV]:
        """The same, looked after each time that psycopg wakes: ten times a second and oftener."""
        quiet, absences, is_told = self.quiet, 0, False
        began = time.monotonic()
        look_at = began + quiet
        try:
            state = next(gen)
            while True:
                state = gen.send((yield state))
                now = time.monotonic()
                if self.on_wait is not None and now > began + LONG:
                    self.on_wait(now - began)
                    is_told = True
                if self._until is not None and now >= self._until:
                    self._give_up()
                if quiet > HURRY and self.stop is not None and self.stop.is_set():
                    quiet, look_at = HURRY, now + HURRY
                if now < look_at:
                    continue
                seen = self._look(quiet)
                absences = 0 if seen == "served" else absences + 1
                if absences >= LOOKS or (seen == "silent" and quiet == HURRY):
                    self._give_up()
                look_at = time.monotonic() + (HURRY if absences else quiet)
        except StopIteration as end:
            result: RV = end.value
            return result
        finally:
            if is_told and self.on_wait is not None:
                self.on_wait(None)

    def _give_up(self) -> None:
        self.pgconn.finish()
        raise SilentServerError("the server does not answer any more")

    def _look(self, seconds: float) -> Literal["served", "idle", "silent"]:
        """Whether the server answers, and whether it says that this session has nothing to do.

        Through a pooler that lends connections, the latter cannot be told.
        """
        url, options = self.source
        info = self.info
        time_to_answer = max(seconds, SHORTEST)
        here = {"host": info.host, "hostaddr": info.hostaddr or None, "port": info.port}
        asking = {**options, **here, "autocommit": True, "connect_timeout": time_to_answer}
        try:
            with (
                Session.connect(url, **asking) as other,
                other.answering_within(time_to_answer),
            ):
                found = other.execute(QUERIES["session_is_idle"], {"pid": info.backend_pid})
                is_idle = found.fetchone()
        except psycopg.Error as error:
            return "served" if is_answer(error, url) else "silent"
        return "served" if is_idle is None else "idle"


def is_answer(error: psycopg.Error, url: str) -> bool:
    """Whether a connection failed by what a server said that takes others, and not by its absence.

    libpq does not tell the SQLSTATE of a sign-in that was refused, but it can ask: a server that
    starts, stops or is not there is told from one that takes connections.
    """
    if error.sqlstate is not None:
        return not error.sqlstate.startswith(("08", "57P"))
    if isinstance(error, psycopg.errors.ConnectionTimeout | SilentServerError):
        return False
    asked = psycopg.conninfo.make_conninfo(url, connect_timeout=int(SHORTEST))
    answer = psycopg.pq.PGconn.ping(asked.encode())
    return psycopg.pq.Ping(answer) in (psycopg.pq.Ping.OK, psycopg.pq.Ping.NO_ATTEMPT)
