"""The report as the start of the live page, drawn once for all who ask while it is the same."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date

from recon_kit import report
from recon_kit.dashboard.templates import draw
from recon_kit.db import Connection
from recon_kit.errors import ReconError
from recon_kit.log import logger
from recon_kit.report import page

Bounds = tuple[date | None, date | None]

SLOW = "top"
"""The section that reads all records: it follows the others at a distance."""

LISTS = tuple(n for n in report.LISTS if n not in ("days", "problems", "repairs", SLOW))
"""The figures that the other sections of the report are drawn from."""

SHARE, SLOW_SHARE = 1, 10
"""Nothing is drawn anew before it has rested so many times as long as drawing it took."""

RANGES = 16
"""Ranges that are kept drawn, the ones that were asked for last."""

Reading = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True)
class _Drawn:
    """Sections of the state as they were at a stamp, and when they were drawn."""

    stamp: str = ""
    grade: str = ""
    sections: dict[str, str] = field(default_factory=dict)
    begun: float = 0.0
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        return self.ended - self.begun

    def has_rested(self) -> bool:
        return time.monotonic() > self.ended + SLOW_SHARE * self.seconds


@dataclass(frozen=True)
class State:
    """A range as it is shown.

    Attributes:
        grade: How it stands, in a word or two.
        sections: What is drawn of it by name, in order.
        later: Whether one of them is of an earlier moment.
    """

    grade: str
    sections: dict[str, str]
    later: bool


class States:
    """The state of each range that is looked at.

    Args:
        reading: What opens a connection that sees one moment.

    Attributes:
        seconds_to_draw: What drawing a state took the last time, but for its slow section.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading, self.seconds_to_draw = reading, 0.0
        self._lock = threading.Lock()
        self._known: OrderedDict[Bounds, _Kept] = OrderedDict()

    def state(self, stamp: str, bounds: Bounds) -> State:
        """A range at the moment of a stamp.

        Raises:
            UsageError: Nothing can be known of that range.
        """
        with self._lock:
            kept = self._known.pop(bounds, None) or _Kept(self._reading, bounds)
            self._known[bounds] = kept
            if len(self._known) > RANGES:
                self._known.popitem(last=False)
        state = kept.state(stamp)
        self.seconds_to_draw = kept.fast.seconds
        return state


class _Kept:
    """The sections of a range, drawn anew where the stamp is another one."""

    def __init__(self, reading: Reading, bounds: Bounds) -> None:
        self._reading, self._bounds = reading, bounds
        self._lock, self._drawing = threading.Lock(), threading.Lock()
        self.fast, self._slow = _Drawn(), _Drawn()

    def state(self, stamp: str) -> State:
        with self._lock:
            if self.fast.stamp != stamp:
                self.fast = self._draw(stamp, LISTS)
            if not self._slow.stamp:
                self._slow = self._draw(stamp, (SLOW,))
        if self._slow.stamp != stamp and self._slow.has_rested() and self._drawing.acquire(False):
            threading.Thread(target=self._draw_slow, args=(stamp,), daemon=True).start()
        drawn = {**self.fast.sections, **self._slow.sections}
        ordered = {name: drawn[name] for name in page.SECTIONS if name in drawn}
        return State(self.fast.grade, ordered, self._slow.stamp != stamp)

    def _draw_slow(self, stamp: str) -> None:
        try:
            self._slow = self._draw(stamp, (SLOW,))
        except ReconError as error:
            logger.warning("a section failed", section=SLOW, reason=error.message)
        finally:
            self._drawing.release()

    def _draw(self, stamp: str, lists: tuple[str, ...]) -> _Drawn:
        before = time.monotonic()
        from_date, to_date = self._bounds
        if SLOW not in lists and page.is_short(from_date, to_date):
            lists = (*lists, "days")
        with self._reading() as connection:
            figures = report.collect(connection, from_date, to_date, lists)
        names = [name for name in page.SECTIONS if (name == SLOW) == (SLOW in lists)]
        if not figures["status"]["days"]:
            names = [name for name in names if name == "overview"]
        sections = {name: draw(name, **figures) for name in names}
        return _Drawn(stamp, figures["verdict"]["grade"], sections, before, time.monotonic())
