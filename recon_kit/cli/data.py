"""Verbs that bring things in: the kit itself, records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recon_kit import show
from recon_kit.cli.common import FAILED, WORK_REMAINS, Json, app, database, flag
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
