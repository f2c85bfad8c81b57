"""The steps of a deploy: migrations, whose log yoyo keeps, and files of code."""

from __future__ import annotations

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

from recon_kit.db import Connection, translate
from recon_kit.errors import ReconError
from recon_kit.resources import migrations_folder, sql_folder
from recon_kit.turns import BUSY


class Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo within a transaction of ours: its own become savepoints, its lock is not needed."""

    _in_transaction = True

    def __init__(self, connection: Connection) -> None:
        self._ours = connection
        super().__init__(parse_uri("postgresql+psycopg:///"), default_migration_table)
        if internalmigrations.needs_upgrading(self):
            internalmigrations.upgrade(self)
        self._internal_schema_updated = True

    def connect(self, _: object) -> Connection:
        """Ours, which is there already."""
        return self._ours

    def init_connection(self, _: object) -> None:
        """The search path is set already, for this transaction only."""

    def cursor(self) -> psycopg.Cursor[TupleRow]:
        """One whose rows yoyo knows to read."""
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


def known_migrations() -> MigrationList:
    """Those of this code, in the order of their numbers."""
    return read_migrations(str(migrations_folder()))


def apply(connection: Connection, migrations: MigrationList) -> list[str]:
    """Applies those that are pending, each file in one piece; returns their ids.

    yoyo would parse them, which takes half a second, and put a savepoint around each statement.
    """
    backend = Backend(connection)
    applied = backend.get_applied_migration_hashes()
    pending = [migration for migration in migrations if migration.hash not in applied]
    for migration in pending:
        with _naming(f"migration {migration.id}"):
            connection.execute(Path(migration.path).read_bytes())
        backend.log_migration(migration, "apply")
        backend.mark_one(migration, log=False)
    return [migration.id for migration in pending]


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
