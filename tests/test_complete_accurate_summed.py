"""P1 complete, P2 accurate, P3 summed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recon_kit.db import Connection
from tests import oracle
from tests.world import (
    DIFFICULTY,
    MARCH_1,
    MARCH_2,
    days,
    difficulty,
    kinds,
    pending,
    reconcile,
    record,
    value,
)


def test_the_figure_that_everybody_can_check(db: Connection) -> None:
    record(db, volume=-1)
    difficulty(db)
    assert reconcile(db)["outcome"] == "complete"
    btc = oracle.stored(db)[MARCH_1, 1, "T_CLDCW-1", "S19J_PRO"][0]
    # 3.6e9 / 3050 * 100e12 / (110568428300952 * 2^32) * 3.125
    assert btc == Decimal("0.000776714988")
    assert str(btc) == "0.000776714988"


def test_every_cell_gets_one_row_per_active_model_and_no_other_row_exists(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    db.execute("update recon.miner_models set is_active = false where miner_model = 'S9'")
    assert reconcile(db)["outcome"] == "complete"
    assert value(db, "select count(*) from historical_bitcoin_calculations") == 2 * 12 * 2
    oracle.assert_consistent(db)


def test_several_rows_of_one_period_and_farm_of_either_sign_count_by_magnitude(
    db: Connection,
) -> None:
    difficulty(db)
    for volume in ("-3.25", "1.5", "-0.125", "0"):
        record(db, volume=volume)
    reconcile(db)
    assert value(db, "select curtailed_mwh from recon.curtailed_energy") == Decimal("4.875")
    oracle.assert_consistent(db)


def test_zero_energy_asks_for_no_row(db: Connection) -> None:
    difficulty(db)
    record(db, volume=0)
    assert reconcile(db)["outcome"] == "complete"
    assert oracle.stored(db) == {}


def test_a_day_without_difficulty_is_blocked_and_no_value_is_assumed(db: Connection) -> None:
    days(db, MARCH_1)
    record(db, MARCH_2)
    run = reconcile(db)
    assert run["outcome"] == "incomplete"
    blocked = db.execute("select * from recon.days where outcome = 'blocked'").fetchall()
    assert [(d["settlement_date"], d["reason"]) for d in blocked] == [(MARCH_2, "no difficulty")]
    assert kinds(db) == {"blocked": 3}
    assert not [cell for cell in oracle.stored(db) if cell[0] == MARCH_2]
    difficulty(db, MARCH_2)
    assert pending(db) == [MARCH_2]
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)


def test_a_day_that_loses_its_difficulty_keeps_its_rows_and_is_blocked(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    before = oracle.stored(db)
    db.execute("delete from recon.network_difficulties")
    assert reconcile(db)["outcome"] == "incomplete"
    assert oracle.stored(db) == before
    assert kinds(db) == {"blocked": len(before)}


def test_a_date_without_a_block_reward_is_blocked_for_it(db: Connection) -> None:
    record(db, MARCH_1)
    difficulty(db, MARCH_1)
    db.execute("delete from recon.block_rewards")
    reconcile(db)
    assert value(db, "select reason from recon.days") == "no block reward"


def test_without_any_active_model_nothing_is_deleted(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    before = oracle.stored(db)
    db.execute("update recon.miner_models set is_active = false")
    assert reconcile(db)["outcome"] == "incomplete"
    assert value(db, "select reason from recon.days") == "no active miner model"
    assert oracle.stored(db) == before


@pytest.mark.parametrize(
    ("day", "reward"),
    [
        ("2012-11-27", 50),
        ("2012-11-28", 25),
        ("2016-07-08", 25),
        ("2016-07-09", "12.5"),
        ("2020-05-10", "12.5"),
        ("2020-05-11", "6.25"),
        ("2024-04-19", "6.25"),
        ("2024-04-20", "3.125"),
    ],
)
def test_the_reward_halves_on_its_day(db: Connection, day: str, reward: str) -> None:
    difficulty(db, date.fromisoformat(day))
    assert value(db, "select distinct block_reward_btc from recon.mining_rates") == Decimal(reward)


def test_half_hours_of_a_day_are_those_of_the_time_zone_database(db: Connection) -> None:
    found = db.execute(
        "select d::date as day, recon.settlement_periods_in_day(d::date) as periods"
        " from generate_series('2001-03-27'::date, '2036-12-31'::date, '1 day') d"
    ).fetchall()
    assert len(found) > 13_000
    assert {r["day"]: r["periods"] for r in found} == {
        r["day"]: oracle.half_hours(r["day"]) for r in found
    }


def test_clock_change_days_are_complete_and_impossible_half_hours_block_their_own_cells(
    db: Connection,
) -> None:
    spring, autumn = date(2025, 3, 30), date(2025, 10, 26)
    for day, periods in ((spring, 46), (autumn, 50), (MARCH_1, 48)):
        difficulty(db, day)
        for period in (1, periods - 1, periods):
            record(db, day, period)
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)
    record(db, spring, 47)
    record(db, MARCH_1, 49)
    record(db, MARCH_1, 2)
    assert reconcile(db)["outcome"] == "incomplete"
    assert kinds(db) == {"invalid_source": 6}
    assert value(db, "select reason from recon.days where settlement_date = %s", spring) == (
        "invalid source in 3 cells"
    )
    oracle.assert_consistent(db)


@pytest.mark.parametrize("volume", ["NaN", "Infinity", "-Infinity", "1e300", "10000.001"])
def test_a_volume_that_cannot_be_blocks_its_own_cells(db: Connection, volume: str) -> None:
    days(db, MARCH_1)
    db.execute("alter table curtailment_records drop constraint volume_is_finite")
    record(db, MARCH_1, 1, "T_FARM-0", volume)
    record(db, MARCH_1, 2, "T_FARM-9", volume)
    assert reconcile(db)["outcome"] == "incomplete"
    assert kinds(db) == {"invalid_source": 6}
    oracle.assert_consistent(db)


def test_summaries_follow_every_change_of_their_rows(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2, date(2024, 12, 31))
    reconcile(db)
    oracle.assert_consistent(db)
    db.execute("delete from curtailment_records where settlement_date = %s", (MARCH_2,))
    difficulty(db, MARCH_1, DIFFICULTY * 2)
    db.execute("update bitcoin_daily_summaries set bitcoin_mined = bitcoin_mined + 1e-12")
    reconcile(db)
    oracle.assert_consistent(db)
    assert value(db, "select state from recon.day_status where settlement_date = %s", MARCH_2) == (
        "no_data"
    )


positive = st.decimals(Decimal("0.001"), 9_999, places=3)
difficulties = st.one_of(
    st.integers(1, 10**6),
    st.integers(10**12, 10**15),
    st.decimals(1, 10**15, places=4),
    st.sampled_from([2**k * 5**j for k in range(0, 30, 3) for j in range(0, 12, 2)]),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    mwh=positive,
    difficulty_=difficulties,
    hashrate=st.decimals(Decimal("0.1"), 1_000, places=2),
    power=st.decimals(1, 10_000, places=1),
    day=st.dates(date(2009, 1, 3), date(2040, 1, 1)),
)
def test_every_value_is_the_exact_quotient_rounded_once(
    db: Connection, mwh: Decimal, difficulty_: Decimal, hashrate: Decimal, power: Decimal, day: date
) -> None:
    with db.transaction(force_rollback=True):
        db.execute("delete from recon.network_difficulties")
        db.execute("delete from curtailment_records")
        db.execute(
            "update recon.miner_models set hashrate_ths = %s, power_watts = %s", (hashrate, power)
        )
        difficulty(db, day, Decimal(difficulty_))
        record(db, day, 1, volume=mwh)
        found = db.execute("select distinct bitcoin_mined from recon.expected_calculations")
        assert [r["bitcoin_mined"] for r in found] == [
            btc for btc, _ in list(oracle.expected(db).values())[:1]
        ]


def test_ties_are_rounded_away_from_zero(db: Connection) -> None:
    """Quotients that end in exactly half a unit of the twelfth decimal, and their neighbours."""
    db.execute("delete from recon.miner_models where miner_model <> 'S9'")
    db.execute("update recon.miner_models set hashrate_ths = 1, power_watts = 3600")
    db.execute("update recon.block_rewards set block_reward_btc = 1")
    # BTC = mwh * 1e18 / (difficulty * 2^32) = mwh * 5^18 * 2^-14 / difficulty; with difficulty
    # 5^k the quotient of an odd numerator ends in ...5 somewhere beyond the twelfth decimal.
    for n, k in enumerate(range(8, 30)):
        day = MARCH_1 + timedelta(days=n)
        difficulty(db, day, Decimal(5**k))
        for period, mwh in enumerate(("0.001", "0.002", "0.003", "1.024", "3.072", "2.048"), 1):
            record(db, day, period, volume=mwh)
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)
