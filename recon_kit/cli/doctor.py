"""The verb that looks at the setting: the way to the database, the database, DynamoDB."""

from __future__ import annotations

from dataclasses import asdict

import typer

from recon_kit import show
from recon_kit.cli.common import FAILED
from recon_kit.cli.flags import Json
from recon_kit.cli.verbs import verb
from recon_kit.local import LocalDatabase
from recon_kit.settings import Settings


@verb("Set up", "doctor")
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Check that all is fit for the work.

    It looks at connection, TLS, pooler, version, rights, triggers, settings, difficulty and
    tables.

    Each line is ok, warning or failure, with the next step. It writes nothing and starts nothing.
    Exit 1 where there is a failure, else 0.
    """
    from recon_kit.doctor import Finding, examine

    settings: Settings = context.obj
    if settings.database_url:
        found = list(examine(settings.database_url, settings))
    elif (local := LocalDatabase()).running():
        found = list(examine(local.url, settings))
    else:
        step = "recon-kit up, or set DATABASE_URL"
        lack = f"the local database in {local.folder} does not run"
        found = [Finding("failure", "connection", lack, step)]
    show.findings([asdict(finding) for finding in found], as_json=as_json)
    if any(finding.outcome == "failure" for finding in found):
        raise typer.Exit(FAILED)
