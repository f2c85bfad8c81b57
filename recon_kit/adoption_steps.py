"""The steps of an adoption, each taken with its lock and measured; sql/adopt says what they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from psycopg.errors import CheckViolation, UniqueViolation
from psycopg.rows import DictRow

from recon_kit.db import Connection, query, rows, transaction, value
from recon_kit.earlier import INPUTS, refuse_earlier
from recon_kit.errors import ReconError
from recon_kit.fitness import refuse_unfit_tables
from recon_kit.migrate import begin_deploy, install, prepare, watch
from recon_kit.turns import patiently

T = TypeVar("T")

ROUNDS = 5
"""Times that rows are looked for which the platform wrote since they were looked for last."""


@dataclass(frozen=True)
class Step:
    """A step that was taken.

    Attributes:
        step: Its name.
        table_name: The table or tables it was about.
        lock_mode: The strongest lock it took on them.
        transactions: How many it took, those included that gave way to somebody else's lock.
        longest_lock: Seconds that such a lock was held at most.
        seconds: How long the step took.
    """

    step: str
    table_name: str
    lock_mode: str
    transactions: int
    longest_lock: float
    seconds: float


def bring_into_shape(connection: Connection, told: Callable[[str], None]) -> list[Step]:
    """Takes all steps but the deploy, again where the platform has written meanwhile."""
    taken: list[Step] = []
    for left in reversed(range(ROUNDS)):
        try:
            for step in rows(connection, "adoption_steps"):
                if step["kind"] != "deploy":
                    taken.append(_take(_Meter(connection, step, told)))
        except (UniqueViolation, CheckViolation) as error:
            if not left:
                raise ReconError(
                    f"the platform goes on writing rows that have to go: {error}",
                    "Stop what writes them; then: recon-kit adopt",
                ) from error
        else:
            break
    return taken


class _Meter:
    """A step under way: what it takes, and how long its longest lock was held."""

    def __init__(self, connection: Connection, step: DictRow, told: Callable[[str], None]) -> None:
        told(f"{step['step']}: {step['table_name']}: {step['action']}")
        connection.execute(query("start_step"), step)
        self.connection, self.step = connection, step
        self._began, self._attempts, self._longest = time.monotonic(), 0, 0.0
        self.locked: float | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction with the lock of the step; it gives way where it has to wait."""
        self._attempts += 1
        with transaction(self.connection):
            if self.step["kind"] == "deploy":
                prepare_calmly(self.connection)
            else:
                self.connection.execute(query("deploy_settings"))
            if self.step["kind"] == "locked":
                self.connection.execute(query("brief_wait"))
            self.run("lock_statement")
            self.locked = time.monotonic()
            yield
        if self.locked is not None:
            self._longest = max(self._longest, time.monotonic() - self.locked)

    def run(self, part: str) -> None:
        """Executes a statement of the step, if it has it."""
        if statement := self.step[part]:
            self.connection.execute(statement)

    def build(self) -> None:
        """Builds an index, outside a transaction, after removing what an earlier build left."""
        self.run("leftover")
        self._attempts += 1
        began = time.monotonic()
        self.connection.execute(query("no_timeouts"))
        try:
            self.run("statement")
        finally:
            self.connection.execute(query("usual_timeouts"))
        self._longest = time.monotonic() - began

    def finish(self) -> Step:
        """What was measured; it is noted beside what is kept."""
        done = Step(
            step=self.step["step"],
            table_name=self.step["table_name"],
            lock_mode=self.step["lock_mode"],
            transactions=self._attempts,
            longest_lock=round(self._longest, 3),
            seconds=round(time.monotonic() - self._began, 3),
        )
        self.connection.execute(query("finish_step"), asdict(done))
        return done


def _take(meter: _Meter) -> Step:
    connection = meter.connection
    match meter.step["kind"]:
        case "concurrent":
            meter.build()
        case "rows":
            for _ in range(ROUNDS):
                if not _unhurried(connection, "list_unfit_calculations"):
                    break
                while persistently(connection, lambda: _remove_batch(meter)):
                    pass
        case _:
            persistently(connection, lambda: _run_locked(meter))
    return meter.finish()


def _unhurried(connection: Connection, name: str) -> Any:
    """The value of a query that reads for as long as it takes."""
    with transaction(connection):
        connection.execute(query("no_hurry"))
        return value(connection, name)


def _remove_batch(meter: _Meter) -> bool:
    with meter.transaction():
        return bool(value(meter.connection, "remove_unfit_calculations"))


def _run_locked(meter: _Meter) -> None:
    with meter.transaction():
        meter.connection.execute(query("no_hurry"))
        meter.run("statement")


def take_deploy(connection: Connection, told: Callable[[str], None]) -> tuple[str, Step]:
    """Deploys the kit, the last step; returns its version."""
    *_, step = rows(connection, "adoption_steps")
    meter = _Meter(connection, step, told)
    version = persistently(connection, lambda: _deploy(meter))
    return version, meter.finish()


def _deploy(meter: _Meter) -> str:
    with meter.transaction():
        refuse_unfit_tables(meter.connection)
        version, _ = install(meter.connection)
        meter.locked = watch(meter.connection)
    return version


def persistently(connection: Connection, work: Callable[[], T]) -> T:
    """Does what gives way to others, again and again; the steps before it stay."""
    return patiently(connection, work, so_far="What was done so far stays.")


def prepare_calmly(connection: Connection) -> None:
    """Begins a deploy that may take its time, with what looks at the platform's tables."""
    begin_deploy(connection)
    refuse_earlier(connection, up_to=INPUTS)
    connection.execute(query("no_hurry"))
    prepare(connection)
