"""The verb for a platform whose tables were there before the kit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from recon_kit import show
from recon_kit.cli.common import FAILED, WORK_REMAINS, database
from recon_kit.cli.flags import Json, flag
from recon_kit.cli.verbs import verb
from recon_kit.errors import UsageError


@verb("Set up", "adopt --check")
def adopt(
    context: typer.Context,
    check: Annotated[
        bool, flag("--check", "RECON_ADOPT_CHECK", "Say what stands in the way; change nothing.")
    ] = False,
    back: Annotated[
        bool, flag("--undo", "RECON_ADOPT_UNDO", "Put the tables back as they were; repairs stay.")
    ] = False,
    end: Annotated[
        bool, flag("--confirm", "RECON_ADOPT_CONFIRM", "Drop what was kept for --undo.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Reshape a platform's own tables for the kit.

    Tables keep their shape. Rows that the kit cannot keep are moved to schema recon_legacy, where a
    copy of the summaries is too, until --confirm. --undo is possible until then: what runs have
    repaired stays repaired. Killed, it goes on where it was.
    --check exits 0 where nothing stands in the way, 3 where there is work, 1 where a person must
    see to something first.
    """
    if check + back + end > 1:
        raise UsageError("--check, --undo and --confirm exclude each other", "Give one of them.")
    if not context.obj.database_url:
        raise UsageError(
            "which database to adopt is not said, and a local one has nothing to adopt",
            "Set DATABASE_URL to the platform's own, or: recon-kit --database-url URL adopt",
        )
    from recon_kit.adopt import adopt as adopt_tables
    from recon_kit.adopt import confirm, examine, undo

    with database(context) as (url, _):
        if check:
            plan = examine(url)
            show.adoption_plan(plan, as_json=as_json)
            states = {row["state"] for row in plan}
            if "obstacle" in states:
                raise typer.Exit(FAILED)
            if "to do" in states:
                raise typer.Exit(WORK_REMAINS)
        elif back:
            left = undo(url)
            show.undone(left, as_json=as_json)
        elif end:
            show.result(confirm(url), as_json=as_json)
        else:
            done = adopt_tables(url, show.note)
            if as_json:
                show.document(asdict(done))
            else:
                show.adoption(done)
