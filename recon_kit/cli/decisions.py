"""Verbs that judge difficulties and decide about them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from recon_kit import show
from recon_kit.cli.common import WORK_REMAINS, database
from recon_kit.cli.flags import Day, From, Json, Reason, To, flag, last_day
from recon_kit.cli.verbs import app, verb
from recon_kit.db import rows, value

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
        missing = rows(connection, "missing_unproposed", **bounds)
    show.suspicions(found, proposed, missing, as_json=as_json)
    if proposed or missing or any(row["undecided"] for row in found):
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
