"""How things are timed: ours and the other in turn, so that a noisy machine is noisy for both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Measurement:
    """A line of the table.

    Attributes:
        what: What was done.
        against: What it is compared with.
        values: One per repetition.
        unit: ``x`` = times the other; ``ms``; ``MB``; ``%``.
        note: What else is to be known of it.
    """

    what: str
    against: str
    values: list[float]
    unit: str = "x"
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        low, high = min(self.values), max(self.values)
        spread = f" ({low:.2f} to {high:.2f})" if len(self.values) > 1 else ""
        return f"{self.median:.2f} {self.unit}{spread}"


def seconds(work: Work) -> float:
    """How long it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def milliseconds(work: Work, repetitions: int) -> list[float]:
    """How long it took each time."""
    return [1000 * seconds(work) for _ in range(repetitions)]


def in_turn(
    repetitions: int,
    ours: Work,
    other: Work,
    *,
    before_ours: Work = lambda: None,
    before_other: Work = lambda: None,
) -> tuple[list[float], list[float]]:
    """Seconds of both, repetition by repetition."""
    mine, theirs = [], []
    for _ in range(repetitions):
        before_ours()
        mine.append(seconds(ours))
        before_other()
        theirs.append(seconds(other))
    return mine, theirs


def ratios(mine: list[float], theirs: list[float]) -> list[float]:
    return [a / b for a, b in zip(mine, theirs, strict=True)]
