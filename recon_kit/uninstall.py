"""Leaving: what is the kit's goes, what is the platform's stays with its rows."""

from __future__ import annotations

from psycopg.rows import DictRow

from recon_kit.db import Connection, one, query, rows, value
from recon_kit.earlier import refuse_earlier
from recon_kit.errors import ReconError
from recon_kit.fitness import act_as_owner, refuse_newer_database
from recon_kit.resources import code_files, migrations_folder
from recon_kit.turns import exclusively


def uninstall(url: str) -> list[DictRow]:
    """Removes the schema recon and what hangs on it, all of it or nothing.

    The five tables of the platform stay with their rows, whoever made them.

    Returns:
        What was removed and what stays, a row each.

    Raises:
        BusyError: A table in use kept it waiting for too long.
        ReconError: Something that is not the kit's would be lost with it, or an adoption has not
            ended, or the role does not own the schema, or there is none.
    """
    return exclusively(url, _remove)


def belongings(connection: Connection) -> list[DictRow]:
    """What an uninstall would remove and what it would leave, a row each.

    Raises:
        ReconError: The kit is not in this database.
    """
    _require_kit(connection)
    return rows(connection, "belongings")


def _require_kit(connection: Connection) -> DictRow:
    kit = one(connection, "owner_of_kit")
    if not kit["owner"]:
        raise ReconError(
            f"database {kit['database']} has no schema recon: there is nothing to remove",
            "Check that DATABASE_URL names the database that is meant.",
        )
    return kit


def _remove(connection: Connection) -> list[DictRow]:
    kit = _require_kit(connection)
    if not kit["is_ours"]:
        raise ReconError(f"schema recon belongs to {kit['owner']}", "Sign in as that role.")
    act_as_owner(connection)
    if value(connection, "is_adopting"):
        raise ReconError(
            "the adoption of the platform's own tables has not ended, and could not afterwards",
            "recon-kit adopt --undo where no run has repaired anything since, else --confirm.",
        )
    refuse_newer_database(connection)
    refuse_earlier(connection)
    _refuse_to_take_along(connection)
    found = rows(connection, "belongings")
    if value(connection, "may_unschedule"):
        connection.execute(query("end_jobs"))
    connection.execute(query("uninstall"))
    return found


def _refuse_to_take_along(connection: Connection) -> None:
    files = [*code_files(), *migrations_folder().glob("*.sql")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    obstacles = rows(connection, "in_the_way_of_uninstall", files=texts)
    if obstacles:
        raise ReconError(
            "the kit cannot be removed: " + "; ".join(row["obstacle"] for row in obstacles),
            "Nothing was changed.",
        )
