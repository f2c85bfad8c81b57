"""Deploying: the migrations, then the whole of the code, in one transaction."""

from __future__ import annotations

import functools
import getpass
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Identifier
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential
from yoyo import internalmigrations, read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import parse_uri
from yoyo.migrations import MigrationList, default_migration_table

from recon_kit.db import (
    Connection,
    connect,
    one,
    query,
    rows,
    transaction,
    translate,
    translated_errors,
    value,
)
from recon_kit.errors import BusyError, ReconError
from recon_kit.resources import (
    code_files,
    earlier_folder,
    known_ids,
    migration_ids,
    migrations_folder,
    sql_folder,
)

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds to go on trying for tables that others hold."""

WAIT_FOR_DEPLOY = "2min"
"""Longest wait for another deploy."""

BASELINE = 9
"""The first migrations: what those of before, in earlier/, had come to."""

_BUSY = (LockNotAvailable, DeadlockDetected)


@dataclass(frozen=True)
class Deployment:
    """What a deploy did.

    Attributes:
        version: Id of the newest migration in the database.
        applied: Ids of the migrations applied now.
        code_changed: Whether replaying the code left any object other than it was.
        roles_to_create: Statements that create the roles of the kit which the server lacks.
    """

    version: str
    applied: list[str]
    code_changed: bool
    roles_to_create: list[str]

    @property
    def changed(self) -> bool:
        """Whether anything is other than before."""
        return bool(self.applied) or self.code_changed


def migrate(url: str) -> Deployment:
    """Applies what is pending of migrations/ and replays sql/, all of it or nothing.

    One deploy runs at a time; the others wait for it. It gives way to whoever uses the tables,
    and tries again. All is one transaction, its lock included, so a deploy that is killed leaves
    nothing behind, and a migration that cannot run in a transaction has no place here.

    Raises:
        BusyError: Another deploy, or a table in use, kept it waiting for too long.
        ReconError: The database is newer than this code, a role lacks a right, or a table of
            the platform lacks a column.
    """
    return exclusively(url, _deploy)


def exclusively(url: str, work: Callable[[Connection], T]) -> T:
    """Does the work in one transaction, with no deploy beside it.

    It gives way to whoever uses the tables, and tries again.

    Raises:
        BusyError: Another deploy, or a table in use, kept it waiting for too long.
    """
    with translated_errors(deploying=True), connect(url) as connection:
        return patiently(connection, lambda: _alone(connection, work))


def patiently(
    connection: Connection, work: Callable[[], T], *, so_far: str = "Nothing was changed."
) -> T:
    """Does what gives way to others where it has to wait for a lock, again and again.

    Args:
        connection: What works.
        work: What is done, in a transaction.
        so_far: What has come of it, if it cannot be done.

    Raises:
        BusyError: They kept it waiting for longer than the patience.
    """
    attempts = Retrying(
        retry=retry_if_exception_type(_BUSY),
        stop=stop_after_delay(PATIENCE),
        wait=wait_random_exponential(multiplier=0.1, max=5),
        reraise=True,
    )
    try:
        done: T = attempts(work)
    except _BUSY as error:
        holders = "; ".join(row["holder"] for row in rows(connection, "lock_holders"))
        raise BusyError(
            f"what has to be locked is in use: {holders or error.diag.message_primary}",
            f"{so_far} End that transaction or wait for it; then run again.",
        ) from error
    return done


def _alone(connection: Connection, work: Callable[[Connection], T]) -> T:
    with transaction(connection):
        _take_turn(connection)
        return work(connection)


def _take_turn(connection: Connection) -> None:
    connection.execute(query("trust_no_path"))
    _wait_for_other_deploys(connection)


def act_as_owner(connection: Connection) -> None:
    """Goes on as the kit's owner, where all that the kit would run is his.

    Raises:
        ReconError: Something is not, and nothing of it has run.
    """
    refuse_what_others_own(connection)
    connection.execute(query("act_as_owner"))
    connection.execute(query("deploy_settings"))


def refuse_what_others_own(connection: Connection) -> None:
    """Refuses what would run with the rights of the current role and belongs to another.

    Raises:
        ReconError: There is something, and nothing of it has run.
    """
    with connection.transaction(force_rollback=True):  # the path of the caller comes back
        connection.execute(query("trust_no_path"))
        found = rows(connection, "not_the_owners")
    if found:
        told = "; ".join(row["obstacle"] for row in found[:5])
        more = f"; and {len(found) - 5} more" if len(found) > 5 else ""
        raise ReconError(
            f"what the kit would run is not its owner's: {told}{more}",
            "Nothing of it was run. Sign in as that role where the kit is to be its own, drop what "
            f"should not be there, or make it the kit's: {found[0]['remedy']}",
        )


def begin_deploy(connection: Connection) -> None:
    """Takes the lock of deploys, and refuses a database that cannot be deployed to."""
    _take_turn(connection)
    _refuse_undeployable(connection)


def _deploy(connection: Connection) -> Deployment:
    _refuse_undeployable(connection)
    before = _code_fingerprint(connection)
    if not one(connection, "is_deployed")["is_deployed"]:
        prepare(connection)
        refuse_unfit_tables(connection)
    version, applied = install(connection)
    refuse_unfit_tables(connection)
    after = _code_fingerprint(connection)
    to_create = [row["statement"] for row in rows(connection, "roles_to_create")]
    is_changed = watch(connection) is not None or before != after
    return Deployment(version, applied, is_changed, to_create)


def _code_fingerprint(connection: Connection) -> str:
    """A value that is another where any of the code is; it depends on the path too."""
    connection.execute(query("deploy_settings"))
    return str(value(connection, "code_fingerprint"))


def prepare(connection: Connection) -> None:
    """Creates the schema, with what is needed to look at the platform's tables."""
    create_schema(connection, "recon")
    look_as_the_platform_does(connection)
    _replay(connection, code_files("adopt/"))


def create_schema(connection: Connection, name: str) -> None:
    """Creates the schema, and looks again where somebody else has done so just now."""
    connection.execute(query("default_path"))
    connection.execute(SQL("create schema if not exists {}").format(Identifier(name)))
    connection.execute(query("deploy_settings"))
    refuse_what_others_own(connection)


def look_as_the_platform_does(connection: Connection) -> None:
    """From here on, event triggers of the platform find what they name without a schema."""
    connection.execute(query("default_path"))
    _replay(connection, code_files("core/is_closed_schema") + code_files("core/platform_path"))
    connection.execute(query("deploy_path"))


def install(connection: Connection) -> tuple[str, list[str]]:
    """The migrations and the code, but for the triggers on the platform's tables.

    Returns:
        The newest migration, and those applied now.
    """
    create_schema(connection, "recon")
    look_as_the_platform_does(connection)
    if one(connection, "is_capturing")["is_capturing"]:
        connection.execute(query("mark_capture_gaps"))
    applied = [*come_from_earlier(connection), *apply(connection, known_migrations())]
    _replay(connection, [file for file in code_files() if file not in code_files("watch/")])
    connection.execute(query("know_checks"))
    connection.execute(query("fill_sums"))
    if applied:
        connection.execute(query("analyze_inputs"))
    return migration_ids()[-1], applied


def watch(connection: Connection) -> float | None:
    """Puts the triggers on those of the platform's tables, and of their parts, that lack them.

    The last thing in a deploy: from here to its end, and no longer, who writes to them waits.

    Returns:
        When they were locked, as of time.monotonic; None where no table lacks anything.
    """
    lacking = {row["table_name"]: row for row in rows(connection, "unwatched_tables")}
    files = [file for file in code_files("watch/") if file.stem in lacking]
    if not lacking:
        return None
    _lock_briefly(connection, [file.stem for file in files])
    locked = time.monotonic()
    connection.execute(query("deploy_path"))
    _replay(connection, files)
    if any(row["lacks_in_parts"] for row in lacking.values()):
        connection.execute(query("mend_capture"))
    return locked


def _lock_briefly(connection: Connection, tables: list[str]) -> None:
    """Locks them all at once, or none: who comes behind a lock that waits, waits with it.

    Not for long, as a deploy holds locks of the kit's own tables meanwhile; it is tried again.
    """
    statement = SQL("lock table {} in share row exclusive mode").format(
        SQL(", ").join(Identifier("public", name) for name in tables)
    )
    for attempt in Retrying(
        retry=retry_if_exception_type(_BUSY),
        stop=stop_after_delay(0.5),
        wait=wait_random_exponential(multiplier=0.02, max=0.1),
        reraise=True,
    ):
        with attempt, connection.transaction():
            connection.execute(query("brief_wait"))
            connection.execute(statement)
            connection.execute(query("deploy_settings"))


def _wait_for_other_deploys(connection: Connection) -> None:
    try:
        connection.execute(query("deploy_lock"), {"wait": WAIT_FOR_DEPLOY})
    except LockNotAvailable as error:
        raise BusyError(
            f"another deploy has held this database for {WAIT_FOR_DEPLOY}",
            "Wait for it, or end it (see pg_stat_activity); then run again.",
        ) from error


def _refuse_unfit_database(connection: Connection) -> None:
    lacking = [row["lacking"] for row in rows(connection, "lacking_for_deploy")]
    if lacking:
        raise ReconError(
            "the kit cannot be deployed: " + "; ".join(lacking), "Nothing was changed."
        )


def refuse_unfit_tables(connection: Connection) -> None:
    """Refuses tables of the platform that the kit could not work with."""
    unfit = [row["finding"] for row in rows(connection, "unfit_for_deploy")]
    if unfit:
        raise ReconError(
            "the platform's tables are not as the kit needs them: " + "; ".join(unfit),
            "Nothing was changed. What can be done about it: recon-kit adopt --check",
        )


def _refuse_undeployable(connection: Connection) -> None:
    _refuse_unfit_database(connection)
    act_as_owner(connection)
    refuse_newer_database(connection)


def refuse_newer_database(connection: Connection) -> None:
    """Raises a ReconError where the database has migrations that this code does not know."""
    if not one(connection, "has_migrations")["has_migrations"]:
        return
    found = rows(connection, "unknown_migrations", known=known_ids())
    unknown = [row["migration_id"] for row in found]
    if unknown:
        raise ReconError(
            f"the database is newer than this recon-kit: it has migration {unknown[-1]}",
            "Upgrade recon-kit; nothing was changed.",
        )


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


def come_from_earlier(connection: Connection) -> list[str]:
    """Brings a database that began before the baseline to where the baseline begins.

    Returns:
        The ids of the migrations of then that were applied now. In yoyo's log those of the
        baseline stand in their place, as what they make is the same.
    """
    backend = _Backend(connection)
    earlier = read_migrations(str(earlier_folder()))
    if not backend.to_rollback(earlier):
        return []
    applied = apply(connection, earlier)
    backend.unmark_migrations(earlier)
    backend.mark_migrations(known_migrations()[:BASELINE])
    return applied


def _replay(connection: Connection, files: list[Path]) -> None:
    for file in files:
        with _naming(f"{file.relative_to(sql_folder())}"):
            connection.execute(file.read_bytes())


@contextmanager
def _naming(part: str) -> Iterator[None]:
    """Says which part of a deploy an error is from."""
    try:
        yield
    except _BUSY:
        raise
    except psycopg.Error as error:
        known = translate(error, deploying=True)
        raise ReconError(
            f"{part}: {known.message}", known.hint or "Nothing was changed."
        ) from error
