"""Verbs that look at what was loaded, and take it away again."""

from __future__ import annotations

from typing import Annotated

import typer

from recon_kit import show
from recon_kit.cli.common import database
from recon_kit.cli.flags import COUNT, DryRun, Json, flag, positive
from recon_kit.cli.verbs import verb
from recon_kit.db import one, rows, transaction


@verb("Source", "loads --limit 5")
def loads(
    context: typer.Context,
    limit: Annotated[int, flag("--limit", "RECON_LOADS_LIMIT", "Loads to list.", **COUNT)] = 20,
    as_json: Json = False,
) -> None:
    """List what load has brought in, the latest first."""
    with database(context) as (_, connection):
        show.result(rows(connection, "loads", limit=limit), as_json=as_json, none="no load yet")


@verb("Source", "unload 3 --dry-run")
def unload(
    context: typer.Context,
    load_id: Annotated[
        int, typer.Argument(parser=positive, metavar="LOAD", help="As loads numbers it.")
    ],
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take exactly the rows of a load away again.

    All of them or none: refused where any was changed, deleted or replaced since.
    """
    with (
        database(context) as (_, connection),
        transaction(connection, force_rollback=dry_run),
    ):
        done = one(connection, "unload", load_id=load_id)
    show.unload(load_id, done, dry_run=dry_run, as_json=as_json)
