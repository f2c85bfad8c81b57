"""Deploying: the migrations, then the whole of the code, under one lock."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import LockNotAvailable
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from yoyo import get_backend, read_migrations
from yoyo.migrations import MigrationList

from recon_kit.db import Connection, connect, one, query, rows, translated_errors
from recon_kit.errors import BusyError, ReconError
from recon_kit.resources import code_files, migrations_folder


@dataclass(frozen=True)
class Deployment:
    """What a deploy did.

    Attributes:
        version: Id of the newest migration in the database.
        applied: Ids of the migrations applied now.
        code_changed: Whether replaying the code left any object other than it was.
    """

    version: str
    applied: list[str]
    code_changed: bool

    @property
    def changed(self) -> bool:
        """Whether anything is other than before."""
        return bool(self.applied) or self.code_changed


def migrate(url: str) -> Deployment:
    """Applies what is pending of migrations/ and replays sql/.

    One deploy runs at a time; the others wait for it. The lock is a transaction's, so a deploy
    that is killed leaves nothing behind.

    Raises:
        BusyError: Another deploy, or a table in use, kept it waiting for too long.
        ReconError: The database is newer than this code, a role lacks a right, or a table of
            the platform lacks a column.
    """
    with connect(url) as deploy, connect(url) as lock:
        with translated_errors(), lock.transaction():
            _wait_for_other_deploys(lock)
            _check_rights(deploy)
            deploy.execute(query("create_schema"))
            migrations = read_migrations(str(migrations_folder()))
            _refuse_newer_database(deploy, migrations)
            before = one(deploy, "code_fingerprint")
            applied = _apply(url, migrations)
            _replay(deploy)
            if applied:
                deploy.execute(query("analyze_inputs"))
            after = one(deploy, "code_fingerprint")
    return Deployment(max(m.id for m in migrations), applied, before != after)


def _wait_for_other_deploys(lock: Connection) -> None:
    try:
        lock.execute(query("deploy_lock"))
    except LockNotAvailable as error:
        raise BusyError(
            "another deploy has held this database for two minutes",
            "Wait for it, or end it (pg_stat_activity, application_name recon-kit); then run again.",
        ) from error


def _check_rights(deploy: Connection) -> None:
    lacking = [row["lacking"] for row in rows(deploy, "lacking_for_deploy")]
    if lacking:
        raise ReconError("this role cannot deploy: " + "; ".join(lacking))


def _refuse_newer_database(deploy: Connection, migrations: MigrationList) -> None:
    if not one(deploy, "has_migrations")["has_migrations"]:
        return
    known = [migration.id for migration in migrations]
    unknown = [r["migration_id"] for r in rows(deploy, "unknown_migrations", known=known)]
    if unknown:
        raise ReconError(
            f"the database is newer than this recon-kit: it has migration {unknown[-1]}",
            "Upgrade recon-kit; nothing was changed.",
        )


def _apply(url: str, migrations: MigrationList) -> list[str]:
    """Applies pending migrations. Its own lock row is stale if there: the real lock is held."""
    parameters = {k: str(v) for k, v in conninfo_to_dict(url).items() if v is not None}
    backend = get_backend("postgresql+psycopg:///?" + urlencode({**parameters, "schema": "recon"}))
    try:
        backend.break_lock()
        with backend.lock():
            pending = backend.to_apply(migrations)
            backend.apply_migrations(pending)
            return [migration.id for migration in pending]
    finally:
        backend.connection.close()


def _replay(deploy: Connection) -> None:
    """Replays the code in one transaction, giving way to whoever uses the tables."""
    attempts = Retrying(
        retry=retry_if_exception_type(LockNotAvailable),
        stop=stop_after_attempt(8),
        wait=wait_random_exponential(multiplier=0.1, max=5),
        reraise=True,
    )
    for attempt in attempts:
        with attempt, deploy.transaction():
            deploy.execute(query("deploy_timeouts"))
            for file in code_files():
                try:
                    deploy.execute(file.read_bytes())
                except psycopg.Error as error:
                    error.add_note(f"in {file}")
                    raise
            deploy.execute(query("refresh_summaries"))
