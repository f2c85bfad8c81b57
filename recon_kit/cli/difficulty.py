"""Verbs of the network difficulty: bring it in, look at it, decide about it."""

from __future__ import annotations

import logging
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from recon_kit import show
from recon_kit.cli.common import (
    WORK_REMAINS,
    Day,
    From,
    Json,
    Reason,
    To,
    app,
    as_date,
    database,
    flag,
    logged,
)
from recon_kit.db import rows
from recon_kit.difficulty import check_dynamodb, sync_dynamodb, sync_file
from recon_kit.log import logger
from recon_kit.settings import Settings

decisions = typer.Typer(
    help="Show which stored difficulties the protocol makes implausible, and decide about them.",
    no_args_is_help=True,
)
app.add_typer(decisions, name="difficulty")


def as_number(text: str) -> Decimal:
    """A difficulty as people type it."""
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise typer.BadParameter(f"{text!r} is not a number") from error


Table = Annotated[
    str | None, flag("--table", "RECON_DYNAMODB_TABLE", "DynamoDB table [difficulties].")
]
Region = Annotated[str | None, flag("--region", "RECON_DYNAMODB_REGION", "AWS region.")]
Endpoint = Annotated[
    str | None, flag("--endpoint", "RECON_DYNAMODB_ENDPOINT", "Another endpoint.", metavar="URL")
]
IdAttribute = Annotated[
    str | None, flag("--id-attribute", "RECON_DYNAMODB_ID", "Key attribute [ID].")
]
DateAttribute = Annotated[
    str | None, flag("--date-attribute", "RECON_DYNAMODB_DATE", "Date attribute [Date].")
]
DifficultyAttribute = Annotated[
    str | None,
    flag("--difficulty-attribute", "RECON_DYNAMODB_DIFFICULTY", "Value attribute [Difficulty]."),
]
DateFormat = Annotated[
    str | None, flag("--date-format", "RECON_DATE_FORMAT", "Pattern of to_char [YYYY-MM-DD].")
]
Segments = Annotated[
    int | None,
    flag("--segments", "RECON_DYNAMODB_SEGMENTS", "Parts to read at once [1].", min=1, max=64),
]
Budget = Annotated[
    float | None,
    flag(
        "--budget",
        "RECON_DYNAMODB_BUDGET",
        "Seconds to try a page for while DynamoDB fails [120].",
        min=0,
    ),
]
LastDay = Annotated[
    date | None,
    flag("--to", "RECON_TO", "All dates to this one.", parser=as_date, metavar="DATE"),
]


def _settings(context: typer.Context, **given: Any) -> Settings:
    settings: Settings = context.obj
    return settings.model_copy(update={k: v for k, v in given.items() if v is not None})


@app.command()
@logged(logging.WARNING)
def sync(
    context: typer.Context,
    from_file: Annotated[
        Path | None,
        flag(
            "--from-file", "RECON_FROM_FILE", "Read this JSON file, not DynamoDB.", metavar="FILE"
        ),
    ] = None,
    since: Annotated[
        date | None,
        flag(
            "--since",
            "RECON_SINCE",
            "Use dates from this one on; all is read.",
            parser=as_date,
            metavar="DATE",
        ),
    ] = None,
    table: Table = None,
    region: Region = None,
    endpoint: Endpoint = None,
    id_attribute: IdAttribute = None,
    date_attribute: DateAttribute = None,
    difficulty_attribute: DifficultyAttribute = None,
    date_format: DateFormat = None,
    segments: Segments = None,
    budget: Budget = None,
    as_json: Json = False,
) -> None:
    """Bring network difficulty in from DynamoDB, or from a file."""
    settings = _settings(
        context,
        dynamodb_table=table,
        dynamodb_region=region,
        dynamodb_endpoint=endpoint,
        dynamodb_id=id_attribute,
        dynamodb_date=date_attribute,
        dynamodb_difficulty=difficulty_attribute,
        date_format=date_format,
        dynamodb_segments=segments,
        dynamodb_budget=budget,
    )
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


@app.command()
def check_dynamo(
    context: typer.Context,
    table: Table = None,
    region: Region = None,
    endpoint: Endpoint = None,
    id_attribute: IdAttribute = None,
    date_attribute: DateAttribute = None,
    difficulty_attribute: DifficultyAttribute = None,
    date_format: DateFormat = None,
    segments: Segments = None,
    budget: Budget = 0,
    as_json: Json = False,
) -> None:
    """Reach DynamoDB, show what is in the table, and which dates with records lack difficulty."""
    settings = _settings(
        context,
        dynamodb_table=table,
        dynamodb_region=region,
        dynamodb_endpoint=endpoint,
        dynamodb_id=id_attribute,
        dynamodb_date=date_attribute,
        dynamodb_difficulty=difficulty_attribute,
        date_format=date_format,
        dynamodb_segments=segments,
        dynamodb_budget=budget,
    )
    with database(context) as (_, connection):
        found = check_dynamodb(connection, settings, show.note)
    show.check(found, as_json=as_json)
    if found.lacking:
        raise typer.Exit(WORK_REMAINS)


@decisions.command("list")
def list_(
    context: typer.Context, from_date: From = None, to_date: To = None, as_json: Json = False
) -> None:
    """List what is implausible; undecided = dates of it that nobody accepted."""
    with database(context) as (_, connection):
        found = rows(connection, "difficulty_findings", from_date=from_date, to_date=to_date)
    show.suspicions(found, as_json=as_json)
    if any(row["undecided"] for row in found):
        raise typer.Exit(WORK_REMAINS)


@decisions.command()
def accept(
    context: typer.Context,
    settlement_date: Day,
    to_date: LastDay = None,
    reason: Annotated[str | None, flag("--reason", "RECON_REASON", "Kept with it.")] = None,
    value: Annotated[
        Decimal | None,
        flag("--value", "RECON_VALUE", "Which of several.", parser=as_number, metavar="NUMBER"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Use the difficulty of a date though it is suspect or was refused."""
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


@decisions.command()
def reject(
    context: typer.Context,
    settlement_date: Day,
    reason: Reason,
    to_date: LastDay = None,
    as_json: Json = False,
) -> None:
    """Remove the difficulty of a date, and refuse it when a sync brings it again."""
    with database(context) as (_, connection):
        done = rows(
            connection,
            "reject_difficulty",
            from_date=settlement_date,
            reason=reason,
            to_date=to_date,
        )
    show.result(done, as_json=as_json)
