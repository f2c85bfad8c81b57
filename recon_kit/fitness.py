"""What keeps the kit from being deployed to a database, and is refused before any of it runs."""

from __future__ import annotations

from recon_kit.db import Connection, one, query, rows
from recon_kit.errors import ReconError
from recon_kit.resources import known_ids


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


def refuse_undeployable(connection: Connection) -> None:
    """Refuses a server, a database or rights that a deploy cannot work with; acts as the owner."""
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
