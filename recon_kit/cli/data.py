"""Verbs that bring things in: the kit itself, records, difficulty."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recon_kit import show
from recon_kit.cli.common import FAILED, WORK_REMAINS, Json, app, database, flag
from recon_kit.difficulty import sync_dynamodb, sync_file
from recon_kit.load import load as load_file
from recon_kit.migrate import migrate as deploy


@app.command()
def migrate(context: typer.Context, as_json: Json = False) -> None:
    """Install the kit, or bring it up to date: migrations, then the whole of the code."""
    with database(context) as (url, _):
        deployment = deploy(url)
    show.deployment(deployment, as_json=as_json)


@app.command()
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV file with a header.", metavar="FILE")],
    skip_bad: Annotated[
        bool, flag("--skip-bad", "RECON_SKIP_BAD", "Leave bad lines out; load the others.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Load curtailment records from a CSV file, all of it or nothing."""
    with database(context) as (_, connection):
        done = load_file(connection, file, skip_bad=skip_bad)
    show.load(file, done, as_json=as_json)
    if done.bad:
        raise typer.Exit(WORK_REMAINS if skip_bad else FAILED)


@app.command()
def sync(
    context: typer.Context,
    from_file: Annotated[
        Path | None,
        flag(
            "--from-file", "RECON_FROM_FILE", "Read this JSON file, not DynamoDB.", metavar="FILE"
        ),
    ] = None,
    table: Annotated[
        str | None, flag("--table", "RECON_DYNAMODB_TABLE", "DynamoDB table [difficulties].")
    ] = None,
    region: Annotated[str | None, flag("--region", "RECON_DYNAMODB_REGION", "AWS region.")] = None,
    endpoint: Annotated[
        str | None,
        flag("--endpoint", "RECON_DYNAMODB_ENDPOINT", "Another endpoint.", metavar="URL"),
    ] = None,
    id_attribute: Annotated[
        str | None, flag("--id-attribute", "RECON_DYNAMODB_ID", "Key attribute [ID].")
    ] = None,
    date_attribute: Annotated[
        str | None, flag("--date-attribute", "RECON_DYNAMODB_DATE", "Date attribute [Date].")
    ] = None,
    difficulty_attribute: Annotated[
        str | None,
        flag(
            "--difficulty-attribute", "RECON_DYNAMODB_DIFFICULTY", "Value attribute [Difficulty]."
        ),
    ] = None,
    date_format: Annotated[
        str | None,
        flag("--date-format", "RECON_DATE_FORMAT", "Pattern of to_char [YYYY-MM-DD]."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring network difficulty in from DynamoDB, or from a file."""
    given = {
        "dynamodb_table": table,
        "dynamodb_region": region,
        "dynamodb_endpoint": endpoint,
        "dynamodb_id": id_attribute,
        "dynamodb_date": date_attribute,
        "dynamodb_difficulty": difficulty_attribute,
        "date_format": date_format,
    }
    settings = context.obj.model_copy(update={k: v for k, v in given.items() if v is not None})
    with database(context) as (_, connection):
        if from_file:
            done = sync_file(connection, from_file, settings)
        else:
            with show.counting("items read", quiet=as_json) as progress:
                done = sync_dynamodb(connection, settings, progress)
    show.sync(done, as_json=as_json)
    if done.refused:
        raise typer.Exit(WORK_REMAINS)
