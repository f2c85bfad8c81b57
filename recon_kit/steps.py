"""The steps of a deploy: migrations, applied by yoyo in our transaction, and files of code."""

from __future__ import annotations

import functools
import getpass
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import TupleRow, tuple_row
from yoyo import internalmigrations, read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import parse_uri
from yoyo.migrations import MigrationList, default_migration_table

from recon_kit.db import Connection, one, rows, translate
from recon_kit.errors import ReconError
from recon_kit.resources import (
    earlier_folder,
    earlier_ids,
    migration_ids,
    migrations_folder,
    sql_folder,
)
from recon_kit.turns import BUSY

INPUTS = 2
"""The migrations that an adoption begins with, before the baseline too."""

BASELINE = 9
"""The first migrations: what those of before, in earlier/, had come to."""


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo within a transaction of ours: its own become savepoints, its lock is not needed."""

    _in_transaction = True

    def __init__(self, connection: Connection) -> None:
        self._ours = connection
        super().__init__(parse_uri("postgresql+psycopg:///"), default_migration_table)
        if internalmigrations.needs_upgrading(self):
            internalmigrations.upgrade(self)
        self._internal_schema_updated = True

    def connect(self, _: object) -> Connection:
        return self._ours

    def init_connection(self, _: object) -> None:
        """The search path is set already, for this transaction only."""

    def cursor(self) -> psycopg.Cursor[TupleRow]:
        return self._ours.cursor(row_factory=tuple_row)

    def get_log_data(self, migration: Any = None, operation: str = "apply") -> dict[str, Any]:
        """A row of yoyo's log; an account need not have a name, nor the machine a domain."""
        try:
            username = getpass.getuser()
        except (KeyError, OSError):
            username = self._ours.info.user
        return {
            "id": str(uuid.uuid1()),
            "migration_id": migration and migration.id,
            "migration_hash": migration and migration.hash,
            "username": username,
            "hostname": socket.gethostname(),
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }


@functools.cache
def known_migrations() -> MigrationList:
    """Those of this code, read once: yoyo parses all of them, which takes half a second."""
    found = read_migrations(str(migrations_folder()))
    for migration in found:
        migration.load()
    return found


def apply(connection: Connection, migrations: MigrationList) -> list[str]:
    """Applies those that are pending; returns their ids."""
    backend = _Backend(connection)
    pending = list(backend.to_apply(migrations))
    for migration in pending:
        with _naming(f"migration {migration.id}"):
            migration.process_steps(backend, "apply")
        backend.log_migration(migration, "apply")
        backend.mark_one(migration, log=False)
    return [migration.id for migration in pending]


def begun_earlier(connection: Connection) -> list[str]:
    """The migrations of before the baseline that a database has; none where it began with it."""
    if not one(connection, "has_migrations")["has_migrations"]:
        return []
    found = rows(connection, "unknown_migrations", known=migration_ids())
    return [row["migration_id"] for row in found if row["migration_id"] in earlier_ids()]


def refuse_earlier(connection: Connection, *, up_to: int = 0) -> None:
    """Refuses a database of before the baseline that has more of the migrations of then.

    Raises:
        ReconError: It has.
    """
    if len(begun_earlier(connection)) > up_to:
        raise ReconError(
            "the kit in this database is of an earlier version",
            "Nothing was changed. First: recon-kit migrate",
        )


def come_from_earlier(connection: Connection) -> list[str]:
    """Brings a database that began before the baseline to where the baseline begins.

    Returns:
        The ids of the migrations of then that were applied now. In yoyo's log those of the
        baseline stand in their place, as what they make is the same.
    """
    if not begun_earlier(connection):
        return []
    earlier = read_migrations(str(earlier_folder()))
    applied = apply(connection, earlier)
    backend = _Backend(connection)
    backend.unmark_migrations(earlier)
    backend.mark_migrations(known_migrations()[:BASELINE])
    return applied


def apply_inputs(connection: Connection) -> None:
    """The migrations up to the miner models, which tell a known model from an unknown one."""
    folder = earlier_folder() if begun_earlier(connection) else migrations_folder()
    apply(connection, read_migrations(str(folder))[:INPUTS])


def replay(connection: Connection, files: list[Path]) -> None:
    """Runs files of sql/, in this order."""
    for file in files:
        with _naming(f"{file.relative_to(sql_folder())}"):
            connection.execute(file.read_bytes())


@contextmanager
def _naming(part: str) -> Iterator[None]:
    """Says which part of a deploy an error is from."""
    try:
        yield
    except BUSY:
        raise
    except psycopg.Error as error:
        known = translate(error, deploying=True)
        raise ReconError(
            f"{part}: {known.message}", known.hint or "Nothing was changed."
        ) from error
