"""How things are timed: ours and the other in turn, so that a noisy machine is noisy for both.

What they take of the server's CPU is counted too. It repeats to a few per cent where the clock does
not to thirty, so it is what a regression is seen by.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psutil

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
        cpu: CPU of the server, times the other's; None where it was not counted.
    """

    what: str
    against: str
    values: list[float]
    unit: str = "x"
    note: str = ""
    cpu: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        low, high = min(self.values), max(self.values)
        spread = f" ({low:.2f} to {high:.2f})" if len(self.values) > 1 else ""
        cpu = f", CPU {self.cpu:.2f} x" if self.cpu is not None else ""
        return f"{self.median:.2f} {self.unit}{spread}{cpu}"


def seconds(work: Work) -> float:
    """How long it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def milliseconds(work: Work, repetitions: int) -> list[float]:
    """How long it took each time."""
    return [1000 * seconds(work) for _ in range(repetitions)]


@dataclass(frozen=True)
class Turns:
    """Ours and the other, in turn.

    Attributes:
        ours: Seconds, one per repetition.
        other: The same of the other.
        cpu: CPU of the server that ours took in all, times the other's.
    """

    ours: list[float]
    other: list[float]
    cpu: float

    def against(self, what: str, other: str, note: str = "") -> Measurement:
        return Measurement(what, other, ratios(self.ours, self.other), note=note, cpu=self.cpu)


def in_turn(
    server: psutil.Process,
    repetitions: int,
    ours: Work,
    other: Work,
    *,
    before_ours: Work = lambda: None,
    before_other: Work = lambda: None,
) -> Turns:
    """Times both, repetition by repetition; ``server`` is the parent of the backends."""
    took: tuple[list[float], list[float]] = [], []
    cpu = [0.0, 0.0]
    for _ in range(repetitions):
        for n, (before, work) in enumerate(((before_ours, ours), (before_other, other))):
            before()
            started = cpu_seconds(server)
            took[n].append(seconds(work))
            cpu[n] += cpu_seconds(server) - started
    return Turns(*took, cpu[0] / max(cpu[1], 0.01))


def cpu_seconds(server: psutil.Process) -> float:
    """CPU that a server has taken, backends that have ended included."""
    ended = server.cpu_times()
    total: float = ended.children_user + ended.children_system
    for process in (server, *server.children()):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def ratios(mine: list[float], theirs: list[float]) -> list[float]:
    return [a / b for a, b in zip(mine, theirs, strict=True)]
