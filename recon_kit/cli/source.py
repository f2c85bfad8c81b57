"""Verbs of the source: whether it is right, what to expect of it, and the register of farms."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from psycopg.rows import DictRow

from recon_kit import register, show
from recon_kit.cli.common import FAILED, WORK_REMAINS, database, logged, unless_empty
from recon_kit.cli.complete import offer
from recon_kit.cli.flags import REPLACE, Day, From, Json, Reason, To, days, flag, last_day
from recon_kit.cli.verbs import verb
from recon_kit.db import each, one, rows, value


@verb("Source", "inspect --from 2025-03-01")
@logged(logging.INFO)
def inspect(
    context: typer.Context,
    from_date: From = None,
    to_date: To = None,
    force: Annotated[
        bool, flag("--force", "RECON_INSPECT_FORCE", "Judge days that have not changed too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Inspect the source where it has changed.

    What is found is kept, for source-issues.
    """
    with database(context) as (_, connection):
        done = one(connection, "inspect_source", from_date=from_date, to_date=to_date, force=force)
    show.inspection(done, as_json=as_json)
    if done["open_issues"] or done["undated_records"]:
        raise typer.Exit(WORK_REMAINS)


@verb("Source", "source-issues --from 2025-03-01")
def source_issues(
    context: typer.Context,
    from_date: From = None,
    to_date: To = None,
    all_: Annotated[
        bool, flag("--all", "RECON_SOURCE_ISSUES_ALL", "What is acknowledged or cleared too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List what inspections found, worst first."""
    with database(context) as (_, connection):
        bounds = {"from_date": from_date, "to_date": to_date}
        none = unless_empty(connection, bounds, "no issue is open (of days that were inspected)")
        found = each(connection, "source_issues", **bounds, open_only=not all_)
        states = set[str]()
        show.issues(_noted(found, states), as_json=as_json, none=none)
    if "open" in states:
        raise typer.Exit(WORK_REMAINS)


def _noted(found: Iterable[DictRow], states: set[str]) -> Iterator[DictRow]:
    """The issues, and which states they have."""
    for row in found:
        states.add(row["state"])
        yield row


@verb("Source", "acknowledge 2025-03-01 silent_farms 'confirmed by the operator'")
def acknowledge(
    context: typer.Context,
    settlement_date: Day,
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="As source-issues names it.",
            autocompletion=offer("offer_issue_kinds"),
        ),
    ],
    reason: Reason,
    subject: Annotated[
        str | None,
        flag("--subject", "RECON_ACKNOWLEDGE_SUBJECT", "Only about this farm, date or model."),
    ] = None,
    to_date: Annotated[date | None, last_day("acknowledge")] = None,
) -> None:
    """Let an issue of the source stand.

    It opens again when its evidence becomes another.
    """
    with database(context) as (_, connection):
        count = value(
            connection,
            "acknowledge_issue",
            settlement_date=settlement_date,
            kind=kind,
            reason=reason,
            subject=subject,
            to_date=to_date,
        )
    show.note(f"{count:,} {'issue' if count == 1 else 'issues'} acknowledged")


@verb("Source", "load-units units.csv")
@logged(logging.INFO)
def load_units(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with a header; - is stdin.", metavar="FILE")],
    replace: Annotated[
        bool,
        flag("--replace", "RECON_LOAD_UNITS_REPLACE", REPLACE),
    ] = False,
    as_json: Json = False,
) -> None:
    """Load the register of BM units.

    Its columns are farm_id, lead_party_name and capacity_mw.
    """
    with database(context) as (_, connection):
        done = register.load_units(connection, file, replace=replace)
    show.unit_load(file, done, as_json=as_json)
    if done.bad:
        raise typer.Exit(FAILED)


@verb("Source", "load-totals totals.csv")
@logged(logging.INFO)
def load_totals(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with a header; - is stdin.", metavar="FILE")],
    as_json: Json = False,
) -> None:
    """Load the energy of days as others publish it.

    Its columns are settlement_date and curtailed_mwh.
    """
    with database(context) as (_, connection):
        done = register.load_totals(connection, file)
    show.total_load(file, done, as_json=as_json)
    if done.bad:
        raise typer.Exit(FAILED)


@verb("Source", "forecast --days 30")
def forecast(
    context: typer.Context, days: Annotated[int, days("forecast")] = 14, as_json: Json = False
) -> None:
    """Show what is usual, and what comes next.

    Rows, energy and repairs a day beside what is expected, and what the next run has to do.
    """
    with database(context) as (_, connection):
        show.forecast(
            rows(connection, "source_trends", days=days),
            rows(connection, "incomplete_days"),
            one(connection, "next_run"),
            as_json=as_json,
        )
