"""Verbs that need no database of yours, or open one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from recon_kit import __version__, show
from recon_kit.cli.common import FAILED, database, until_signalled
from recon_kit.cli.flags import Json, flag
from recon_kit.cli.force import require_folder
from recon_kit.cli.verbs import verb
from recon_kit.local import LocalDatabase, find_binaries
from recon_kit.url import secrets_of, without_secrets


@verb("Set up", "demo --out demo-report")
def demo(
    out: Annotated[
        Path, flag("--out", "RECON_DEMO_OUT", "Where the report is written.", metavar="DIR")
    ] = Path("demo-report"),
    picture: Annotated[
        Path | None,
        flag("--picture", "RECON_DEMO_PICTURE", "Make a PNG of the report too.", metavar="FILE"),
    ] = None,
    keep: Annotated[
        bool,
        flag("--keep", "RECON_DEMO_KEEP", "Leave its database there, with its page, until Ctrl-C."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Run the whole job on throw-away servers.

    They are a PostgreSQL and a DynamoDB; it ends in a report.
    """
    from recon_kit.demo import run_demo

    if not run_demo(out=out, picture=picture, as_json=as_json, keep=_keep if keep else None):
        raise typer.Exit(FAILED)


def _keep(url: str) -> None:
    """Shows the live page of the demo until Ctrl-C, and says where its database is."""
    from recon_kit.dashboard import Dashboard

    dashboard = Dashboard(url, port=0)
    show.note(f"the database, for psql and every verb: export DATABASE_URL='{url}'")
    show.note(f"its page is at {dashboard.link} (Ctrl-C ends both)")
    until_signalled(dashboard.stop, dashboard.run)


@verb("Set up", "up")
def up() -> None:
    """Start the local database and print its URL."""
    show.line(LocalDatabase().up())


@verb("Set up", "down")
def down(context: typer.Context) -> None:
    """Stop the local database; its data is kept."""
    require_folder(context)
    show.note("stopped" if LocalDatabase().down() else "it was not running")


@verb("Set up", "psql")
def psql(context: typer.Context) -> None:
    """Open psql on the database."""
    with database(context) as (url, _):
        program = find_binaries() / "psql"
    password = secrets_of(url).get("password")
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    os.execve(program, [str(program), without_secrets(url)], environment)  # noqa: S606


@verb("Set up", "version")
def version() -> None:
    """Print the version."""
    show.line(__version__)
