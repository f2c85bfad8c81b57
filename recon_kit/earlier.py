"""Databases that began before the baseline: how they come to it, and what waits until they have."""

from __future__ import annotations

from yoyo import read_migrations

from recon_kit.db import Connection, one, rows
from recon_kit.errors import ReconError
from recon_kit.resources import earlier_folder, earlier_ids, migration_ids, migrations_folder
from recon_kit.steps import Backend, apply, known_migrations

INPUTS = 2
"""The migrations that an adoption begins with, before the baseline too."""

BASELINE = 9
"""The first migrations: what those of before, in earlier/, had come to."""


def begun_earlier(connection: Connection) -> list[str]:
    """The migrations of before the baseline that a database has; none where it began with it."""
    if not one(connection, "has_migrations")["has_migrations"]:
        return []
    found = rows(connection, "unknown_migrations", known=migration_ids())
    earlier = set(earlier_ids())
    return [row["migration_id"] for row in found if row["migration_id"] in earlier]


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
    backend = Backend(connection)
    backend.unmark_migrations(earlier)
    backend.mark_migrations(known_migrations()[:BASELINE])
    return applied


def apply_inputs(connection: Connection) -> None:
    """The migrations up to the miner models, which tell a known model from an unknown one."""
    folder = earlier_folder() if begun_earlier(connection) else migrations_folder()
    apply(connection, read_migrations(str(folder))[:INPUTS])
