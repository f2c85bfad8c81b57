"""Verbs that bring things in: the kit itself, which they take out too, and records."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Literal

import typer

from recon_kit import show
from recon_kit.cli.common import FAILED, WORK_REMAINS, database, logged
from recon_kit.cli.flags import REPLACE, Json, flag
from recon_kit.cli.verbs import verb
from recon_kit.errors import UsageError
from recon_kit.load import load as load_file


@verb("Set up", "migrate")
@logged(logging.WARNING)
def migrate(context: typer.Context, as_json: Json = False) -> None:
    """Install the kit, or bring it up to date.

    Migrations, then the whole of the code, in one transaction.
    """
    from recon_kit.migrate import migrate as deploy

    with database(context) as (url, _):
        deployment = deploy(url)
    show.deployment(deployment, as_json=as_json)


@verb("Set up", "uninstall")
def uninstall(
    context: typer.Context,
    yes: Annotated[
        bool,
        flag("--yes", "RECON_UNINSTALL_YES", "Do it; without it, only list what would be removed."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Remove the kit and its history.

    The platform's tables stay, with all their rows. Without --yes it only lists what would go.
    """
    from recon_kit.uninstall import belongings
    from recon_kit.uninstall import uninstall as remove

    with database(context) as (url, connection):
        found = remove(url) if yes else belongings(connection)
    show.result(found, as_json=as_json)
    if not yes:
        raise UsageError(
            "nothing was removed: an uninstall has to be asked for with --yes",
            "What is removed is gone for good; pg_dump -n recon keeps a copy of it.",
        )


@verb("Source", "load records.csv")
@logged(logging.INFO)
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with a header; - is stdin.", metavar="FILE")],
    skip_bad: Annotated[
        bool, flag("--skip-bad", "RECON_LOAD_SKIP_BAD", "Leave bad lines out; load the others.")
    ] = False,
    replace: Annotated[bool, flag("--replace", "RECON_LOAD_REPLACE", REPLACE)] = False,
    add: Annotated[
        bool, flag("--add", "RECON_LOAD_ADD", "Keep the records that its dates have, beside it.")
    ] = False,
    volume_unit: Annotated[
        Literal["MWh", "MW"],
        flag("--volume-unit", "RECON_LOAD_VOLUME_UNIT", "MW over a half hour: half are MWh."),
    ] = "MWh",
    as_json: Json = False,
) -> None:
    """Load curtailment records from a CSV file.

    All of it or nothing. A file without payments has a price: each payment is then volume x price.
    """
    with database(context) as (_, connection):
        done = load_file(
            connection,
            file,
            skip_bad=skip_bad,
            replace=replace,
            add=add,
            is_megawatts=volume_unit == "MW",
        )
    show.load(file, done, as_json=as_json)
    if done.bad:
        raise typer.Exit(WORK_REMAINS if done.loaded else FAILED)
