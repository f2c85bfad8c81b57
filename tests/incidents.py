"""Records of a year as they should be, a storm in it, and what inspecting finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from recon_kit.db import Connection, connect
from recon_kit.demo import FARMS
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate
from tests.world import days, value

CLEAN = (Path(__file__).parent / "clean_records.sql").read_text()


FIRST = date(2024, 1, 1)


def clean_history(db: Connection, *, seed: int, days: int, farms: int, first: date = FIRST) -> None:
    """Records with which nothing is wrong, and the register of their farms."""
    db.execute(
        "insert into recon.bm_units (farm_id, capacity_mw)"
        " select f, 20 + abs(hashtext(f) %% 380) from unnest(%s::text[]) f",
        (FARMS[:farms],),
    )
    db.execute(CLEAN.encode(), {"first": first, "days": days, "seed": seed})
    db.execute("analyze curtailment_records")


def sound_days(db: Connection, *dates: date) -> None:
    """Days with two records each, with which nothing is wrong."""
    days(db, *dates, farms=1, periods=2)
    db.execute("update curtailment_records set payment = volume * original_price")


def inspect(db: Connection, *, force: bool = False) -> dict[str, Any]:
    row = db.execute("select * from recon.inspect_source(force => %s)", (force,)).fetchone()
    assert row is not None
    return row


def issues(db: Connection) -> list[dict[str, Any]]:
    return db.execute("select * from recon.source_issues()").fetchall()


def found(db: Connection) -> dict[tuple[date, str], str]:
    """The periods of what the next inspection finds, by date and kind."""
    inspect(db)
    return {(row["settlement_date"], row["kind"]): row["periods"] for row in issues(db)}


def evidence(db: Connection, kind: str) -> str:
    """Of the only issue of a kind."""
    [row] = [row for row in issues(db) if row["kind"] == kind]
    return str(row["evidence"])


@pytest.fixture(scope="module")
def history_url() -> Iterator[str]:
    """110 days of 30 farms, inspected; nothing is pending."""
    with throwaway_server() as server:
        migrate(server.url())
        with connect(server.url()) as db:
            clean_history(db, seed=1, days=110, farms=30)
            inspect(db)
            db.execute("delete from recon.changes")
        yield server.url()


@pytest.fixture
def history(history_url: str) -> Iterator[Connection]:
    """That history; whatever is done to it is undone."""
    with connect(history_url) as db, db.transaction(force_rollback=True):
        yield db


@pytest.fixture
def storm(history: Connection) -> date:
    """A busy day between busy days, late enough for the days before it to be a history."""
    day: date = value(
        history,
        "select d.settlement_date from recon.source_days d"
        " where d.settlement_date between %s and %s"
        " order by (select min(p.farms) from recon.source_periods p"
        "  where p.settlement_date between d.settlement_date - 1 and d.settlement_date + 1) desc,"
        " d.settlement_date limit 1",
        FIRST + timedelta(days=60),
        FIRST + timedelta(days=107),
    )
    return day


AGAIN = (
    "insert into curtailment_records (settlement_date, settlement_period, farm_id,"
    " lead_party_name, volume, payment, original_price, final_price, so_flag, cadl_flag)"
    " select {date}, settlement_period, farm_id, lead_party_name, volume, payment,"
    " original_price, final_price, so_flag, cadl_flag from curtailment_records{more}"
    " where settlement_date = %(day)s and settlement_period between %(first)s and %(last)s"
)


REGISTER = "farm_id,lead_party_name,capacity_mw"
