"""The pages, from the figures of one moment each, over connections that cannot write."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jinja2 import ChoiceLoader, PackageLoader
from psycopg import IsolationLevel
from psycopg_pool import ConnectionPool

from recon_kit import report
from recon_kit.db import (
    Connection,
    one,
    options_for,
    prepare,
    rows,
    transaction,
    translated_errors,
    value,
)
from recon_kit.errors import ReconError
from recon_kit.log import logger
from recon_kit.pool import check
from recon_kit.report import page
from recon_kit.session import Session

EVENTS, RUNS, REPAIRS = 12, 15, 30
"""How many are listed, the latest first."""

SLOW = "top"
"""The section that reads all records: it follows the others at a distance."""

LISTS = tuple(n for n in report.LISTS if n not in ("days", "problems", "repairs", SLOW))
"""The figures that the other sections of the report are drawn from."""

SHARE, SLOW_SHARE = 1, 10
"""Nothing is drawn anew before it has rested so many times as long as drawing it took."""

CONNECTIONS, SECONDS_TO_CONNECT = 4, 3.0

_templates = page.templates.overlay(
    loader=ChoiceLoader(
        [PackageLoader("recon_kit.dashboard", "page"), PackageLoader("recon_kit.report", "page")]
    )
)
_templates.globals = {
    **page.templates.globals,
    "in_full": "recon-kit report --json",
    "days_at": "/days/",
}


def draw(name: str, **figures: Any) -> str:
    """One template, drawn."""
    return _templates.get_template(f"{name}.html.j2").render(figures)


@dataclass(frozen=True)
class _Drawn:
    """Sections of the state as they were at a stamp, and when they were drawn."""

    stamp: str = ""
    sections: dict[str, str] = field(default_factory=dict)
    begun: float = 0.0
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        return self.ended - self.begun

    def has_rested(self) -> bool:
        return time.monotonic() > self.ended + SLOW_SHARE * self.seconds


class Pages:
    """Draws what is asked for.

    Args:
        url: Where the database is.

    Attributes:
        stop: Once set, nothing waits for a database that is silent.
    """

    def __init__(self, url: str) -> None:
        self.stop = threading.Event()
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
        self._lock = threading.Lock()
        self._fast, self._slow = _Drawn(), _Drawn()
        self._drawing = threading.Lock()

    def close(self) -> None:
        """Closes its connections."""
        self._pool.close(timeout=1)

    def _prepare(self, session: Session) -> None:
        """Every transaction sees one moment, and cannot write."""
        session.stop = self.stop
        prepare(session)
        session.isolation_level = IsolationLevel.REPEATABLE_READ
        session.read_only = True

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose every transaction sees one moment and cannot write.

        Raises:
            ReconError: The database cannot be reached, or refuses.
        """
        with (
            translated_errors(),
            self._pool.connection() as connection,
            transaction(connection),
        ):
            yield connection

    def check(self) -> None:
        """Returns if the database answers, and has the kit."""
        self._stamp()

    def home(self, **common: Any) -> str:
        """The state now, drawn once for all who ask while it is the same.

        Where its slow section is of an earlier moment, it says so, and follows later.
        """
        with self._lock:
            stamp = self._stamp()
            if self._fast.stamp != stamp:
                self._fast = self._draw(stamp, LISTS)
            if not self._slow.stamp:
                self._slow = self._draw(stamp, (SLOW,))
        if self._slow.stamp != stamp and self._slow.has_rested() and self._drawing.acquire(False):
            threading.Thread(target=self._draw_slow, args=(stamp,), daemon=True).start()
        sections = {**self._fast.sections, **self._slow.sections}
        ordered = {name: sections[name] for name in page.SECTIONS if name in sections}
        later = self._slow.stamp != stamp
        return draw("home", stamp=stamp, later=later, sections=ordered, **self._now(), **common)

    @property
    def seconds_to_draw(self) -> float:
        """What drawing the state took the last time, but for its slow section."""
        return self._fast.seconds

    def day(self, day: date, period: tuple[int | None] | None, **common: Any) -> str:
        """A date: where it stands, its periods, the cells of one of them, what was done to it.

        Args:
            day: The date.
            period: The one whose cells are shown, (None,) for records without one; None for none.
            **common: What every page has.

        Raises:
            UsageError: Nothing can be known of that date.
        """
        stamp = self._stamp()
        with self.reading() as connection:
            of_day = {"settlement_date": day}
            one(connection, "require_known_date", **of_day)
            figures = {
                "day": one(connection, "day", **of_day),
                "summaries": rows(connection, "day_summaries", **of_day),
                "periods": rows(connection, "day_periods", **of_day),
                "runs_of_day": rows(connection, "day_runs", **of_day, limit=RUNS),
                "repairs": _repairs(connection, day),
                "period": period and period[0],
                "cells": period
                and rows(connection, "period_cells", **of_day, settlement_period=period[0]),
            }
        return draw("day", stamp=stamp, **figures, **self._now(), **common)

    def cell(self, day: date, period: int | None, farm: str | None, **common: Any) -> str:
        """Why the values of a date, period and farm are what they are.

        Raises:
            UsageError: There is no such cell.
        """
        stamp = self._stamp()
        cell = {"settlement_date": day, "settlement_period": period, "farm_id": farm}
        with self.reading() as connection:
            models = rows(connection, "explain", **cell)
            has_key = period is not None and farm is not None
            repairs = _repairs(connection, day, period, farm) if has_key else []
        figures = {**cell, "models": models, "repairs": repairs}
        return draw("cell", stamp=stamp, **figures, **self._now(), **common)

    def _stamp(self) -> str:
        with self.reading() as connection:
            stamp: str = value(connection, "state_stamp")
        return stamp

    def _now(self) -> Mapping[str, Any]:
        """What every page has, and is told of."""
        with self.reading() as connection:
            return {
                "runs": rows(connection, "runs_in_progress"),
                "events": rows(connection, "latest_events", limit=EVENTS),
            }

    def _draw_slow(self, stamp: str) -> None:
        try:
            self._slow = self._draw(stamp, (SLOW,))
        except ReconError as error:
            logger.warning("a section failed", section=SLOW, reason=error.message)
        finally:
            self._drawing.release()

    def _draw(self, stamp: str, lists: tuple[str, ...]) -> _Drawn:
        before = time.monotonic()
        with self.reading() as connection:
            figures = report.collect(connection, lists=lists)
        names = [name for name in page.SECTIONS if (name == SLOW) == (lists == (SLOW,))]
        if not figures["status"]["days"]:
            names = [name for name in names if name == "overview"]
        sections = {name: draw(name, **figures) for name in names}
        return _Drawn(stamp, sections, before, time.monotonic())


def _repairs(
    connection: Connection, day: date, period: int | None = None, farm: str | None = None
) -> list[Any]:
    of_cell = {"settlement_date": day, "settlement_period": period, "farm_id": farm}
    return rows(connection, "day_repairs", **of_cell, limit=REPAIRS)
