"""Adopting tables that a platform has already: look, do, undo, confirm.

What has to be done, and how, is in sql/adopt; here it is taken step by step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar

from psycopg.errors import CheckViolation, UniqueViolation
from psycopg.rows import DictRow

from recon_kit.db import (
    Connection,
    connect,
    one,
    query,
    rows,
    transaction,
    translated_errors,
    value,
)
from recon_kit.errors import BusyError, ReconError
from recon_kit.migrate import (
    apply,
    begin_deploy,
    create_schema,
    install,
    known_migrations,
    migrate,
    patiently,
    prepare,
    refuse_unfit_tables,
    refuse_what_others_own,
    watch,
)

T = TypeVar("T")

INPUTS = 2
"""The migrations up to the miner models, which tell a known model from an unknown one."""

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


@dataclass(frozen=True)
class Adoption:
    """What an adoption did: its steps, and the version of the kit that is deployed now."""

    version: str
    steps: list[Step]


def examine(url: str) -> list[DictRow]:
    """What stands in the way; changes nothing, and locks nothing that anybody would wait for."""
    with translated_errors(deploying=True), connect(url) as connection, _looking(connection):
        return rows(connection, "adoption_plan")


def adopt(url: str, told: Callable[[str], None]) -> Adoption:
    """Brings the platform's tables into shape and deploys the kit; goes on where it was killed.

    Args:
        url: Where the database is.
        told: Is called with a line as each step begins.

    Raises:
        BusyError: Another adoption is at work, or a table was in use for too long.
        ReconError: There is an obstacle, or the platform goes on writing what has to go.
    """
    with translated_errors(deploying=True), _alone(url), connect(url) as connection:
        with _looking(connection):
            _refuse_obstacles(connection)
            is_needed = value(connection, "adoption_is_needed")
        if not is_needed:
            return Adoption(migrate(url).version, [])
        _patiently(connection, lambda: _begin(connection))
        taken = _bring_into_shape(connection, told)
        version, last = _take_deploy(connection, told)
        return Adoption(version, [*taken, last])


def undo(url: str) -> list[DictRow]:
    """Puts the tables back in the shape that they had before the adoption; repairs stay.

    Returns:
        What is left in recon_legacy once a run has been: a row a table, with its rows and size.

    Raises:
        BusyError: An adoption is at work, or a table was in use for too long.
        ReconError: There is no adoption to undo.
    """
    with translated_errors(deploying=True), _alone(url), connect(url) as connection:
        with _looking(connection):
            found = rows(connection, "undo_statements")
        for part in sorted({row["part"] for row in found}):
            statements = [row["statement"] for row in found if row["part"] == part]
            _patiently(connection, partial(_execute, connection, statements))
        with _looking(connection):
            return rows(connection, "left_in_legacy")


def confirm(url: str) -> list[DictRow]:
    """Drops what an adoption kept; returns what that was, with its size.

    Raises:
        BusyError: An adoption is at work.
        ReconError: There is none, or it is not finished.
    """
    with (
        translated_errors(deploying=True),
        _alone(url),
        connect(url) as connection,
        transaction(connection),
    ):
        refuse_what_others_own(connection)
        return rows(connection, "confirm_adoption")


@contextmanager
def _alone(url: str) -> Iterator[None]:
    with connect(url) as connection, transaction(connection):
        if not one(connection, "adoption_lock")["is_ours"]:
            raise BusyError("another adoption is at work in this database", "Wait for it to end.")
        yield


def _patiently(connection: Connection, work: Callable[[], T]) -> T:
    return patiently(connection, work, so_far="What was done so far stays.")


def _prepare(connection: Connection) -> None:
    begin_deploy(connection)
    connection.execute(query("no_hurry"))
    prepare(connection)


def _apply_inputs(connection: Connection) -> None:
    apply(connection, known_migrations()[:INPUTS])


@contextmanager
def _looking(connection: Connection) -> Iterator[None]:
    """A transaction in which the kit can look at a database where it is not; it is rolled back."""
    with transaction(connection, force_rollback=True):
        _prepare(connection)
        _apply_inputs(connection)
        yield


def _refuse_obstacles(connection: Connection) -> None:
    found = rows(connection, "adoption_obstacles")
    if found:
        raise ReconError(
            "; ".join(f"public.{row['table_name']} {row['finding']}" for row in found),
            f"Nothing was changed. First: {found[0]['next_step']}",
        )


def _begin(connection: Connection) -> None:
    with transaction(connection):
        _prepare(connection)
        create_schema(connection, "recon_legacy")
        connection.execute(query("begin_adoption"))
        _apply_inputs(connection)
        connection.execute(query("builds_in_progress"))


def _bring_into_shape(connection: Connection, told: Callable[[str], None]) -> list[Step]:
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
                _prepare(self.connection)
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
                while _patiently(connection, lambda: _remove_batch(meter)):
                    pass
        case _:
            _patiently(connection, lambda: _run_locked(meter))
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


def _take_deploy(connection: Connection, told: Callable[[str], None]) -> tuple[str, Step]:
    *_, step = rows(connection, "adoption_steps")
    meter = _Meter(connection, step, told)
    version = _patiently(connection, lambda: _deploy(meter))
    return version, meter.finish()


def _deploy(meter: _Meter) -> str:
    with meter.transaction():
        refuse_unfit_tables(meter.connection)
        version, _ = install(meter.connection)
        meter.locked = watch(meter.connection)
    return version


def _execute(connection: Connection, statements: list[str]) -> None:
    with transaction(connection):
        begin_deploy(connection)
        connection.execute(query("brief_wait"))
        for statement in statements:
            connection.execute(statement)
