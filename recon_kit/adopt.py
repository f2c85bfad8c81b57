"""Adopting tables that a platform has already: look, do, undo, confirm.

What has to be done, and how, is in sql/adopt; recon_kit.adoption_steps takes it step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from psycopg.rows import DictRow

from recon_kit.adoption_steps import (
    Step,
    bring_into_shape,
    persistently,
    prepare_calmly,
    take_deploy,
)
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
from recon_kit.earlier import apply_inputs
from recon_kit.errors import BusyError, ReconError
from recon_kit.fitness import refuse_what_others_own
from recon_kit.migrate import begin_deploy, create_schema, migrate


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
        persistently(connection, lambda: _begin(connection))
        taken = bring_into_shape(connection, told)
        version, last = take_deploy(connection, told)
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
            persistently(connection, partial(_execute, connection, statements))
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


@contextmanager
def _looking(connection: Connection) -> Iterator[None]:
    """A transaction in which the kit can look at a database where it is not; it is rolled back."""
    with transaction(connection, force_rollback=True):
        prepare_calmly(connection)
        apply_inputs(connection)
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
        prepare_calmly(connection)
        create_schema(connection, "recon_legacy")
        connection.execute(query("begin_adoption"))
        apply_inputs(connection)
        connection.execute(query("builds_in_progress"))


def _execute(connection: Connection, statements: list[str]) -> None:
    with transaction(connection):
        begin_deploy(connection)
        connection.execute(query("brief_wait"))
        for statement in statements:
            connection.execute(statement)
