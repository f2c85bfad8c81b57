"""Rows come in the order that fills their index: within a day, and day after day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from recon_kit.db import Connection
from recon_kit.driver import Plan
from recon_kit.driver import reconcile as drive
from tests.world import STATISTICS, load_farms, pending, reconcile, value

FIRST = date(2025, 3, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(20)]

STEPS_BACK = """
select count(*)
from (
  select (h.settlement_period, h.farm_id, h.miner_model)
    < lag((h.settlement_period, h.farm_id, h.miner_model)) over (order by h.ctid) as is_back
  from historical_bitcoin_calculations h
  where h.settlement_date = %s
) s
where s.is_back
"""
"""How often a row of a day was stored after one that its key comes before."""


@pytest.mark.parametrize(("before", "after"), STATISTICS.values(), ids=STATISTICS)
def test_rows_are_stored_in_the_order_of_the_key(
    db: Connection, before: list[str], after: list[str]
) -> None:
    """At the end of the index in one turn; before what is stored, in two."""
    for statement in before:
        db.execute(statement.encode())
    load_farms(db, DAYS[:3])
    for statement in after:
        db.execute(statement.encode())
    for day, steps in ((DAYS[0], 0), (DAYS[2], 0), (DAYS[1], 1)):
        reconcile(db, from_date=day, to_date=day)
        assert value(db, STEPS_BACK, day) == steps, day
    assert pending(db) == []


def test_a_new_model_comes_in_the_order_of_the_key(db: Connection) -> None:
    load_farms(db, DAYS[:2])
    reconcile(db)
    db.execute("insert into recon.miner_models values ('S99', 200, 3500)")
    reconcile(db)
    only = STEPS_BACK.replace("= %s", "= %s and h.miner_model = 'S99'")
    assert [value(db, only, day) for day in DAYS[:2]] == [0, 0]


@pytest.mark.parametrize(
    ("order_by", "workers", "at_most"),
    [
        ("usual", 1, 1.05),
        ("usual", 2, 1.2),
        ("oldest", 1, 1.05),
        ("recent", 1, 1.2),
        ("recent", 2, 1.2),
        ("largest", 1, 1.2),
    ],
)
def test_a_first_run_fills_the_index(
    url: str, db: Connection, order_by: str, workers: int, at_most: float
) -> None:
    """Beside one that is built from the same rows."""
    load_farms(db, DAYS)
    assert drive(url, Plan(order_by=order_by, workers=workers)).outcome == "complete"
    size = "select pg_relation_size('historical_bitcoin_calculations_pkey')"
    grown = value(db, size)
    db.execute("reindex table historical_bitcoin_calculations")
    assert grown <= at_most * value(db, size)


def test_days_after_the_last_stored_one_go_up_the_calendar_and_come_first(db: Connection) -> None:
    """With no order asked for."""
    load_farms(db, DAYS[:7])
    reconcile(db, from_date=DAYS[2], to_date=DAYS[3])
    run = reconcile(db)
    done = db.execute(
        "select settlement_date from recon.run_days where run_id = %s order by position",
        (run["run_id"],),
    ).fetchall()
    expected = [DAYS[n] for n in (4, 5, 6, 1, 0)]
    assert [row["settlement_date"] for row in done] == expected
