"""Verbs that bring the network difficulty in, and the flags that name a table of DynamoDB."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from recon_kit import show
from recon_kit.cli.common import FAILED, WORK_REMAINS, database, logged
from recon_kit.cli.flags import DATE, Flags, Json, Verb, flag, with_flags
from recon_kit.cli.verbs import verb
from recon_kit.log import logger
from recon_kit.settings import Settings


def filled(text: str) -> str:
    """A text that says something."""
    if not text.strip():
        raise typer.BadParameter("it is empty; leave it out for the default")
    return text


def _text(name: str, variable: str, text: str, *, metavar: str = "NAME") -> Any:
    return Annotated[str | None, flag(name, variable, text, parser=filled, metavar=metavar)]


DYNAMODB = {
    "dynamodb_table": _text("--table", "RECON_DYNAMODB_TABLE", "DynamoDB table [difficulties]."),
    "dynamodb_region": _text("--region", "RECON_DYNAMODB_REGION", "AWS region."),
    "dynamodb_endpoint": _text(
        "--endpoint", "RECON_DYNAMODB_ENDPOINT", "Another endpoint.", metavar="URL"
    ),
    "dynamodb_id": _text("--id-attribute", "RECON_DYNAMODB_ID", "Key attribute [ID]."),
    "dynamodb_date": _text("--date-attribute", "RECON_DYNAMODB_DATE", "Date attribute [Date]."),
    "dynamodb_difficulty": _text(
        "--difficulty-attribute", "RECON_DYNAMODB_DIFFICULTY", "Value attribute [Difficulty]."
    ),
    "date_format": _text(
        "--date-format", "RECON_DATE_FORMAT", "Pattern of to_char [YYYY-MM-DD].", metavar="PATTERN"
    ),
    "dynamodb_segments": Annotated[
        int | None,
        flag("--segments", "RECON_DYNAMODB_SEGMENTS", "Parts to read at once [1].", min=1, max=64),
    ],
}
"""Flags by the setting that each takes the place of."""


def budget(variable: str) -> Any:
    """--budget, with this twin."""
    text = "Seconds to try a page for while DynamoDB fails."
    return Annotated[float | None, flag("--budget", variable, text, min=0)]


def reads_dynamodb(
    variable: str = "RECON_DYNAMODB_BUDGET", default: float | None = None
) -> Callable[[Verb], Verb]:
    """Gives a verb the flags of DYNAMODB and --budget; hands it the settings that come of them.

    Args:
        variable: The twin of --budget.
        default: Its default; None for that of the settings.
    """
    flags: Flags = {name: (kind, None) for name, kind in DYNAMODB.items()}
    flags["dynamodb_budget"] = (budget(variable), default)

    def decorate(verb: Verb) -> Verb:
        def run(context: typer.Context, **given: Any) -> None:
            chosen = {name: given.pop(name) for name in flags}
            update = {name: value for name, value in chosen.items() if value is not None}
            verb(context, settings=replace(context.obj, **update), **given)

        return with_flags(verb, flags, run, without="settings")

    return decorate


@verb("Difficulty", "sync --from-file difficulty.json")
@logged(logging.WARNING)
@reads_dynamodb()
def sync(
    context: typer.Context,
    settings: Settings,
    from_file: Annotated[
        Path | None,
        flag(
            "--from-file",
            "RECON_SYNC_FROM_FILE",
            "Read this file (- is stdin), not DynamoDB.",
            metavar="FILE",
        ),
    ] = None,
    since: Annotated[
        date | None,
        flag(
            "--since",
            "RECON_SYNC_SINCE",
            "Use dates from this one on; all is read.",
            **DATE,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring in difficulty from DynamoDB or a file."""
    from recon_kit.difficulty import sync_dynamodb, sync_file

    with database(context) as (_, connection):
        if from_file:
            done = sync_file(connection, from_file, settings, since=since)
        else:
            with show.counting("items read", quiet=as_json) as progress:
                done = sync_dynamodb(connection, settings, progress, logger.warning, since=since)
    logger.info(
        "sync ended",
        sync_id=done.sync_id,
        source=done.source,
        items=done.items,
        changed=done.changed,
        refused=done.refused,
        suspect=len(done.suspects),
    )
    show.sync(done, as_json=as_json)
    if done.refused or (done.suspects and done.policy == "strict"):
        raise typer.Exit(WORK_REMAINS)


@verb("Difficulty", "check-dynamo --table difficulties --region eu-west-2")
@logged(logging.INFO)
@reads_dynamodb("RECON_CHECK_DYNAMO_BUDGET", 0)
def check_dynamo(
    context: typer.Context,
    settings: Settings,
    as_json: Json = False,
) -> None:
    """Show what is in DynamoDB and what it lacks.

    It is read, and nothing is stored; dates with records that lack difficulty are listed.
    """
    from recon_kit.difficulty import check_dynamodb

    with database(context) as (_, connection):
        found = check_dynamodb(connection, settings, show.note)
    show.check(found, as_json=as_json)
    if found.lacking:
        raise typer.Exit(WORK_REMAINS)


@verb("Difficulty", "load-retargets r.json")
@logged(logging.INFO)
def load_retargets(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, or JSON of mempool.space.", metavar="FILE")],
    as_json: Json = False,
) -> None:
    """Load the retargets of the chain from a file.

    All of it or nothing.
    """
    from recon_kit.retargets import load_retargets as load_file

    with database(context) as (_, connection):
        done = load_file(connection, file)
    show.retarget_load(file, done, as_json=as_json)
    if done.bad:
        raise typer.Exit(FAILED)
