"""Verbs of the network difficulty: bring it in, look at it, decide about it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from recon_kit import show
from recon_kit.cli.common import (
    DATE,
    FAILED,
    WORK_REMAINS,
    Day,
    Flags,
    From,
    Json,
    Reason,
    To,
    Verb,
    database,
    flag,
    last_day,
    logged,
    with_flags,
)
from recon_kit.cli.verbs import app, verb
from recon_kit.db import rows, value
from recon_kit.log import logger
from recon_kit.settings import Settings

decisions = typer.Typer(
    help="Judge difficulties, and decide about them.",
    no_args_is_help=True,
)
app.add_typer(decisions, name="difficulty", rich_help_panel="Difficulty")


def as_number(text: str) -> Decimal:
    """A difficulty as people type it."""
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise typer.BadParameter(f"{text!r} is not a number") from error


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
            verb(context, settings=context.obj.model_copy(update=update), **given)

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


@verb("Difficulty", "difficulty list --from 2024-01-01", name="list", group=decisions)
def list_(
    context: typer.Context, from_date: From = None, to_date: To = None, as_json: Json = False
) -> None:
    """List what is implausible or missing.

    With what the chain had on those dates. Undecided are the dates that nobody accepted.
    """
    bounds = {"from_date": from_date, "to_date": to_date}
    with database(context) as (_, connection):
        found = rows(connection, "difficulty_findings", **bounds)
        proposed = rows(connection, "difficulty_proposals", **bounds)
    show.suspicions(found, proposed, as_json=as_json)
    if proposed or any(row["undecided"] for row in found):
        raise typer.Exit(WORK_REMAINS)


@verb("Difficulty", "difficulty propose --from 2024-04-25 --to 2024-05-04", group=decisions)
def propose(
    context: typer.Context,
    from_date: From = None,
    to_date: To = None,
    accept: Annotated[
        bool,
        flag("--accept", "RECON_PROPOSE_ACCEPT", "Store what is proposed, with height and source."),
    ] = False,
    reason: Annotated[str | None, flag("--reason", "RECON_REASON", "Kept with it.")] = None,
    as_json: Json = False,
) -> None:
    """Show what the chain had, or store it.

    Of dates that are missing or suspect: what was in force at 00:00 UTC, by the retargets that are
    known. --accept stores it.
    """
    bounds = {"from_date": from_date, "to_date": to_date}
    with database(context) as (_, connection):
        if accept:
            show.result(
                rows(connection, "accept_proposals", **bounds, reason=reason), as_json=as_json
            )
            return
        proposed = rows(connection, "difficulty_proposals", **bounds)
    show.proposals(proposed, as_json=as_json)
    if proposed:
        raise typer.Exit(WORK_REMAINS)


@verb("Difficulty", "difficulty accept 2024-07-01 --reason 'checked by hand'", group=decisions)
def accept(
    context: typer.Context,
    settlement_date: Day,
    to_date: Annotated[date | None, last_day("accept")] = None,
    reason: Annotated[str | None, flag("--reason", "RECON_ACCEPT_REASON", "Kept with it.")] = None,
    value: Annotated[
        Decimal | None,
        flag(
            "--value", "RECON_ACCEPT_VALUE", "Which of several.", parser=as_number, metavar="NUMBER"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Use a difficulty that is suspect or was refused."""
    with database(context) as (_, connection):
        done = rows(
            connection,
            "accept_difficulty",
            from_date=settlement_date,
            to_date=to_date,
            reason=reason,
            difficulty=value,
        )
    show.result(done, as_json=as_json)


@verb("Difficulty", "difficulty acknowledge item-17 'a test item'", group=decisions)
def acknowledge(
    context: typer.Context,
    item: Annotated[
        str, typer.Argument(metavar="ITEM", help="Its key, or its date where it has none.")
    ],
    reason: Reason,
) -> None:
    """Let the refusal of an item stand.

    Syncs no longer count it, until it is written otherwise.
    """
    with database(context) as (_, connection):
        count = value(connection, "acknowledge_refusal", item=item, reason=reason)
    show.note(f"{count:,} {'refusal' if count == 1 else 'refusals'} acknowledged")


@verb("Difficulty", "difficulty reject 2024-07-01 'frozen'", group=decisions)
def reject(
    context: typer.Context,
    settlement_date: Day,
    reason: Reason,
    to_date: Annotated[date | None, last_day("reject")] = None,
    as_json: Json = False,
) -> None:
    """Remove the difficulty of a date.

    It is refused when a sync brings it again.
    """
    with database(context) as (_, connection):
        done = rows(
            connection,
            "reject_difficulty",
            from_date=settlement_date,
            reason=reason,
            to_date=to_date,
        )
    show.result(done, as_json=as_json)
