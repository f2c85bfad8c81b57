"""Deploying: the migrations, then the whole of the code, in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass

from psycopg.sql import SQL, Identifier

from recon_kit.db import Connection, one, query, rows, value
from recon_kit.earlier import come_from_earlier
from recon_kit.fitness import refuse_undeployable, refuse_unfit_tables, refuse_what_others_own
from recon_kit.resources import code_files, migration_ids
from recon_kit.steps import apply, known_migrations, replay
from recon_kit.turns import exclusively, lock_briefly, take_turn


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


def begin_deploy(connection: Connection) -> None:
    """Takes the lock of deploys, and refuses a database that cannot be deployed to."""
    take_turn(connection)
    refuse_undeployable(connection)


def _deploy(connection: Connection) -> Deployment:
    refuse_undeployable(connection)
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
    replay(connection, code_files("adopt/"))


def create_schema(connection: Connection, name: str) -> None:
    """Creates the schema, and looks again where somebody else has done so just now."""
    connection.execute(query("default_path"))
    connection.execute(SQL("create schema if not exists {}").format(Identifier(name)))
    connection.execute(query("deploy_settings"))
    refuse_what_others_own(connection)


def look_as_the_platform_does(connection: Connection) -> None:
    """From here on, event triggers of the platform find what they name without a schema."""
    connection.execute(query("default_path"))
    replay(connection, code_files("core/is_closed_schema") + code_files("core/platform_path"))
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
    later = code_files("watch/")
    replay(connection, [file for file in code_files() if file not in later])
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
    lock_briefly(connection, [file.stem for file in files])
    locked = time.monotonic()
    connection.execute(query("deploy_path"))
    replay(connection, files)
    if any(row["lacks_in_parts"] for row in lacking.values()):
        connection.execute(query("mend_capture"))
    return locked
