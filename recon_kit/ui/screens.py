"""The screens by name: what each reads, in the queries that the command line and the page have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from recon_kit.db import Connection, one, rows
from recon_kit.ui.board import Board
from recon_kit.ui.calendar import Calendar, state_of
from recon_kit.ui.parts import Address, Part, Read, Row, Told
from recon_kit.ui.table import Rows

MOST = 200
"""Rows that a list of what happened has, the latest first."""

CELLS = "missing stale wrong orphan"


def reading(name: str, **parameters: Any) -> Read:
    """What reads the rows of a named query."""
    return lambda connection: rows(connection, name, **parameters)


def _day_of(row: Row) -> Address | None:
    return ("day", row["settlement_date"]) if "settlement_date" in row else _run_of(row)


def _run_of(row: Row) -> Address | None:
    return ("run", row["run_id"]) if "run_id" in row else None


def _period_of(row: Row) -> Address | None:
    if not row.get("cells"):
        return None
    return ("period", row["settlement_date"], row.get("settlement_period"))


def _cell_of(row: Row) -> Address | None:
    if "miner_model" not in row:
        return None
    return ("cell", row["settlement_date"], row.get("settlement_period"), row.get("farm_id"))


def home() -> Board:
    """Where the days stand, and what happened."""
    everything = {"from_date": None, "to_date": None}

    def head(connection: Connection) -> str:
        return f"{one(connection, 'report_verdict', **everything)['verdict']}."

    events = "happened_at severity kind message"
    issues = "settlement_date severity kind subject periods evidence"
    runs = f"run_id started_at outcome planned_days left_days blocked_days failed_days {CELLS} took"
    listed: dict[str, Part] = {
        "Days": Calendar(_day_of),
        "Runs": Rows(reading("runs", limit=MOST), runs, "no run yet: recon-kit reconcile", _run_of),
        "Gaps": Rows(
            reading("report_gaps", **everything),
            "settlement_date kind cells curtailed_mwh",
            "no gaps on days that are not reconciled",
            _day_of,
        ),
        "Issues": Rows(
            reading("source_issues", **everything, open_only=True),
            issues,
            "no open issue of the source",
            _day_of,
        ),
        "Events": Rows(reading("latest_events", limit=MOST), events, "nothing yet", _day_of),
    }
    return Board(head, listed)


def day(on: date) -> Board:
    """A day: its half hours, the issues of its source, farms, runs, repairs."""
    of_day = {"settlement_date": on}
    only = {"from_date": on, "to_date": on, "farm": None, "lead_party": None}

    def head(connection: Connection) -> str:
        found = one(connection, "day", **of_day)
        reason = f": {found['reason']}" if found["reason"] else ""
        step = found["next_step"] or (f"recon-kit date {on}" if found["state"] == "pending" else "")
        return f"{on} is {state_of(found)}{reason}" + (f"\nnext: {step}" if step else "")

    listed = {
        "Half hours": Rows(
            reading("day_periods", **of_day),
            "settlement_period begins_at farms curtailed_mwh cells gaps",
            opens=_period_of,
        ),
        "Issues": Rows(
            reading("day_issues", **of_day),
            "state severity kind subject periods evidence reason",
            "no issue of the source",
        ),
        "Farms": Rows(
            reading("curtailment_sums", by=["farm"], **only),
            "name curtailed_mwh payment_gbp miner_model bitcoin_mined",
            "no record",
        ),
        "Runs": Rows(
            reading("day_runs", **of_day, limit=MOST),
            f"run_id finished_at result {CELLS} reason",
            "no run has been over it yet",
            _run_of,
        ),
        "Repairs": Rows(
            reading("day_repairs", **of_day, settlement_period=None, farm_id=None, limit=MOST),
            "repaired_at run_id settlement_period farm_id miner_model kind "
            "bitcoin_mined_before bitcoin_mined_after",
            "what was stored was never changed by a run",
            _cell_of,
        ),
        "Facts": Told(reading("day", **of_day)),
    }
    return Board(head, listed, of_day)


def period(on: date, number: int | None) -> Board:
    """The cells of a half hour."""
    about = {"settlement_date": on, "settlement_period": number}
    cells = Rows(
        reading("period_cells", **about),
        "farm_id miner_model verdict curtailed_mwh stored_btc",
        "there is no cell",
        _cell_of,
    )
    return Board(lambda _: f"{on}, period {number or '-'}", {"Cells": cells}, about)


def cell(on: date, number: int | None, farm: str | None) -> Board:
    """Why the values of a half hour and farm are what they are."""
    about = {"settlement_date": on, "settlement_period": number, "farm_id": farm}
    listed = {
        "Why": Told(reading("explain", **about)),
        "Records": Told(reading("source_records", **about)),
        "Repairs": Rows(
            reading("day_repairs", **about, limit=MOST),
            "repaired_at run_id miner_model kind bitcoin_mined_before bitcoin_mined_after",
            "what was stored was never changed by a run",
            _run_of,
        ),
    }
    return Board(lambda _: f"{on}, period {number or '-'}, {farm or '-'}", listed, about)


def run(number: int) -> Board:
    """A run: its days and its log."""
    of_run = {"run_id": number}

    def head(connection: Connection) -> str:
        found = one(connection, "run_progress", **of_run)
        return f"run {number} {found['outcome'] or 'unfinished'}. {found['message']}"

    days = f"settlement_date result {CELLS} setbacks duration reason"
    log = "happened_at severity kind message"
    listed = {
        "Days": Rows(reading("run_results", **of_run), days, "no day", _day_of),
        "Log": Rows(reading("run_events", **of_run), log, "nothing was told", _day_of),
        "Facts": Told(reading("run_detail", **of_run)),
    }
    return Board(head, listed)


SCREENS: dict[str, Callable[..., Board]] = {"day": day, "period": period, "cell": cell, "run": run}
"""What an address leads to."""


def screen_at(address: Address) -> Board:
    """The screen of an address."""
    name, *about = address
    return SCREENS[name](*about)
