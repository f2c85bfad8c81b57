"""Verbs for those who are posted events, and what a sender knows of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from recon_kit import show
from recon_kit.cli.common import database
from recon_kit.cli.flags import Json, flag
from recon_kit.cli.verbs import verb
from recon_kit.db import Connection, rows, value
from recon_kit.errors import UsageError
from recon_kit.origin import public_origin
from recon_kit.secret_names import variable, webhooks_in

if TYPE_CHECKING:
    from recon_kit.webhook import Webhook

Level = Literal["note", "warning", "critical"]

WebhookUrl = Annotated[
    str | None,
    flag(
        "--webhook",
        "RECON_WEBHOOK",
        "Post events to this URL, signed where RECON_WEBHOOK_SECRET is set. From the environment "
        "alone: everybody sees a command line.",
        metavar="URL",
    ),
]
Severity = Annotated[
    Level,
    flag("--severity", "RECON_SEVERITY", "The least that is posted, where set-webhook says none."),
]
PublicUrl = Annotated[
    str | None,
    flag(
        "--public-url",
        "RECON_DASHBOARD_URL",
        "What browsers call the live page: posts link to it, and who reads it needs the token.",
        metavar="URL",
    ),
]


def webhooks_here(
    context: typer.Context, url: str | None, severity: str, public_url: str | None
) -> list[Webhook]:
    """The webhooks whose URLs are in the environment.

    Raises:
        UsageError: One of the URLs cannot be used, or is on the command line.
    """
    source = context.get_parameter_source("webhook")
    if url is not None and source is not None and source.name == "COMMANDLINE":
        raise UsageError(
            "--webhook is a secret, and everybody sees the command line of a process",
            "Set RECON_WEBHOOK instead.",
        )
    origin = public_origin(public_url)[0] if public_url else None
    names = webhooks_in(os.environ)
    if not names:
        return []
    from recon_kit.webhook import Webhook

    return [
        Webhook(
            os.environ[variable(name)],
            os.environ.get(f"{variable(name)}_SECRET") or None,
            severity,
            name=name,
            public_url=origin,
        )
        for name in names
    ]


def require_webhooks(connection: Connection, webhooks: list[Webhook]) -> None:
    """Refuses a webhook that the database does not know.

    Raises:
        psycopg.Error: It does not.
    """
    for webhook in webhooks:
        rows(connection, "require_webhook", webhook=webhook.name)


Name = Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters and digits.")]


@verb("Run by itself", "webhooks")
def webhooks(context: typer.Context, as_json: Json = False) -> None:
    """List who is posted events, and what waits.

    A severity that is empty is that of --severity.
    """
    with database(context) as (_, connection):
        found = rows(connection, "webhooks")
    show.result(found, as_json=as_json)


@verb("Run by itself", "set-webhook pager critical")
def set_webhook(
    context: typer.Context,
    name: Name,
    severity: Annotated[
        Level | None,
        typer.Argument(
            metavar="SEVERITY", help="note, warning or critical; else what --severity says."
        ),
    ] = None,
) -> None:
    """Add a webhook, or change what it is posted.

    Its URL belongs into the environment of listen or worker: RECON_WEBHOOK_PAGER for pager.
    """
    with database(context) as (_, connection):
        value(connection, "set_webhook", webhook=name, severity=severity)
    worse = "" if severity == "critical" else " or worse"
    least = f"what is {severity}{worse}" if severity else "what --severity says"
    show.note(f"{name} is posted {least}, by whoever has its URL in {variable(name)}")


@verb("Run by itself", "remove-webhook pager")
def remove_webhook(context: typer.Context, name: Name) -> None:
    """Post nothing more to a webhook, and forget it."""
    with database(context) as (_, connection):
        value(connection, "remove_webhook", webhook=name)
    show.note(f"{name} is removed; unset {variable(name)} before the next start of a sender")
