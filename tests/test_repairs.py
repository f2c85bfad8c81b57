"""Repairs by the half hour and by the cell, plans of them, and force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import psycopg
import pytest

from recon_kit.critical import fix_critical, reconcile_critical
from recon_kit.db import Connection, connect
from recon_kit.errors import BusyError
from tests import oracle
from tests.world import (
    MARCH_1,
    MARCH_2,
    call,
    days,
    difficulty,
    kinds,
    pending,
    reconcile,
    record,
    value,
    without_triggers,
)

Open = Callable[[], Connection]


FAIL_IN_PERIOD_2 = """
create function public.complain() returns trigger language plpgsql as $$
begin
  if new.settlement_period = 2 then
    raise exception 'not in this half hour' using errcode = 'P1234';
  end if;
  return new;
end $$;
create trigger complain before insert or update on historical_bitcoin_calculations
for each row execute function public.complain();
"""


def test_critical_repairs_a_day_by_half_hours(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    done = call(db, "call recon.reconcile_critical('2025-03-01')")
    assert done["outcome"] == "complete", done
    assert "36 missing inserted" in done["message"]
    assert pending(db) == [MARCH_2]
    reconcile(db)
    oracle.assert_consistent(db)


def test_critical_passes_a_poison_period_by_and_does_all_others(db: Connection) -> None:
    days(db, MARCH_1)
    db.execute(FAIL_IN_PERIOD_2)
    done = call(db, "call recon.reconcile_critical('2025-03-01')")
    assert done["outcome"] == "incomplete"
    assert {cell[1] for cell in oracle.stored(db)} == {1, 3, 4}
    failure = call(db, "select * from recon.period_failures")
    assert (failure["settlement_period"], failure["attempts"], failure["sqlstate"]) == (
        2,
        3,
        "P1234",
    )
    day = call(db, "select * from recon.day_status")
    assert day["state"] == "failed"
    assert day["reason"] == "period 2: not in this half hour"
    assert value(db, "select sum(calculations) from recon.daily_sums") == 27
    assert pending(db) == [MARCH_1]
    db.execute("drop trigger complain on historical_bitcoin_calculations")
    assert call(db, "call recon.reconcile_critical('2025-03-01')")["outcome"] == "complete"
    oracle.assert_consistent(db)


def test_critical_verifies_each_period_before_it_commits(db: Connection) -> None:
    """A trigger that quietly changes the value is an error, not a success."""
    days(db, MARCH_1)
    db.execute(
        FAIL_IN_PERIOD_2.replace(
            "raise exception 'not in this half hour' using errcode = 'P1234';",
            "new.bitcoin_mined := 0;",
        )
    )
    done = call(db, "call recon.reconcile_critical('2025-03-01')")
    assert done["outcome"] == "incomplete"
    assert "period 2: what was written for 2025-03-01 is not what is stored" in value(
        db, "select reason from recon.days"
    )
    assert {cell[1] for cell in oracle.stored(db)} == {1, 3, 4}


RECORDS_THAT_COME_MEANWHILE = """
create function public.come_late() returns trigger language plpgsql as $$
begin
  insert into public.curtailment_records
    (settlement_date, settlement_period, farm_id, volume, payment)
  select '2025-03-01', 2, 'T_LATE-' || count(*), -1, 70
  from public.curtailment_records
  where farm_id like 'T_LATE-%'
  having count(*) < 6;
  return null;
end $$;
create trigger come_late after insert on historical_bitcoin_calculations
for each statement execute function public.come_late();
"""


def test_critical_fails_no_day_for_what_comes_while_it_works(db: Connection) -> None:
    """Each repair of period 2 is right as it is written, and outdated as it commits."""
    days(db, MARCH_1)
    db.execute(RECORDS_THAT_COME_MEANWHILE)
    call(db, "call recon.reconcile_critical('2025-03-01')")
    for table in ("recon.period_failures", "recon.run_days where outcome = 'failed'"):
        assert value(db, f"select count(*) from {table}") == 0
    for _ in range(6):
        reconcile(db)
    assert value(db, "select count(distinct farm_id) from historical_bitcoin_calculations") == 9
    assert pending(db) == []
    oracle.assert_consistent(db)


def test_critical_leaves_a_day_that_somebody_holds(db: Connection, another: Open) -> None:
    days(db, MARCH_1)
    holder = another()
    with holder.transaction():
        holder.execute("select recon.lock_day(%s)", (MARCH_1,))
        done = call(db, "call recon.reconcile_critical('2025-03-01')")
    assert done["outcome"] == "incomplete"
    assert value(db, "select distinct sqlstate from recon.period_failures") == "55P03"
    assert call(db, "call recon.reconcile_critical('2025-03-01')")["outcome"] == "complete"


def test_fix_critical_does_the_days_of_most_energy_first_and_no_small_one(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2, date(2025, 3, 3), date(2025, 3, 4))
    record(db, MARCH_1, 9, volume=-150)
    record(db, MARCH_2, 9, volume=-300)
    record(db, date(2025, 3, 3), 9, volume=-200)
    done = call(db, "call recon.fix_critical(max_dates => 2)")
    assert (done["dates"], done["outcome"]) == (2, "complete")
    assert done["message"].startswith("2025-03-02 complete")
    assert pending(db) == [MARCH_1, date(2025, 3, 4)]
    assert call(db, "call recon.fix_critical()")["dates"] == 1
    assert pending(db) == [date(2025, 3, 4)], "less than 100 MWh"
    assert call(db, "call recon.fix_critical()")["dates"] == 0


def test_spot_fix_inserts_corrects_and_removes_and_touches_nothing_else(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    without_triggers(
        db,
        "update historical_bitcoin_calculations set bitcoin_mined = 1 where miner_model = 'S9';"
        "delete from historical_bitcoin_calculations where miner_model = 'M20S'",
    )
    fixed = db.execute("select * from recon.spot_fix('2025-03-01', 2, 'T_FARM-1')").fetchall()
    assert sorted((f["miner_model"], f["kind"]) for f in fixed) == [
        ("M20S", "missing"),
        ("S9", "wrong"),
    ]
    assert kinds(db) == {"missing": 11, "wrong": 11}
    assert db.execute("select * from recon.spot_fix('2025-03-01', 2, 'T_FARM-1')").fetchall() == []
    without_triggers(
        db,
        "delete from curtailment_records where settlement_period = 2 and farm_id = 'T_FARM-1'",
    )
    gone = db.execute("select * from recon.spot_fix('2025-03-01', 2, 'T_FARM-1')").fetchall()
    assert {f["kind"] for f in gone} == {"orphan"}
    db.execute("select recon.refresh_summaries()")
    found = db.execute("select finding from recon.verify(depth => 'fingerprints')").fetchall()
    assert [f["finding"] for f in found] == ["calculations", "source"], "the rest is still off"
    reconcile(db)
    oracle.assert_consistent(db)


BAD_CELLS = {
    "a half hour the day does not have": (
        "'2025-03-30', 47, 'T_FARM-1'",
        "no period 47",
        "It has 1 to 46.",
    ),
    "a farm that is not there": ("'2025-03-01', 2, 'T_NO-1'", "T_NO-1", "T_FARM-1, T_FARM-0"),
    "a period that the farm is not in": (
        "'2025-03-01', 9, 'T_FARM-1'",
        "period 9",
        "periods 1, 2, 3, 4",
    ),
    "a day without records": ("'2025-03-05', 9, 'T_FARM-1'", "2025-03-05", "no record"),
}


@pytest.mark.parametrize("verb", ["spot_fix", "explain"])
@pytest.mark.parametrize("what", BAD_CELLS)
def test_a_cell_that_is_not_there_is_an_error_that_says_what_is(
    db: Connection, what: str, verb: str
) -> None:
    days(db, MARCH_1)
    cell, text, hint = BAD_CELLS[what]
    with pytest.raises(psycopg.errors.InvalidParameterValue, match=text) as refusal:
        db.execute(f"select * from recon.{verb}({cell})")
    assert hint in (refusal.value.diag.message_hint or "")


@pytest.mark.parametrize(
    ("farms", "typed", "said"),
    [
        (150, "t_farm42", "The nearest of 150 farms in that period: T_FARM-42, "),
        (150, "T_FARM-42-2", "The nearest of 150 farms in that period: T_FARM-42, "),
        (3, "T_FARM-9", "Farms in that period: T_FARM-0, T_FARM-1, T_FARM-2"),
    ],
)
def test_a_farm_that_is_none_is_told_the_ten_that_are_named_most_like_it(
    db: Connection, farms: int, typed: str, said: str
) -> None:
    for number in range(farms):
        record(db, MARCH_1, farm=f"T_FARM-{number}")
    with pytest.raises(psycopg.errors.InvalidParameterValue) as caught:
        db.execute("select * from recon.explain('2025-03-01', 1, %s)", (typed,))
    hint = caught.value.diag.message_hint or ""
    assert hint.startswith(said)
    assert hint.count("T_FARM") == min(farms, 10)


def test_periods_of_a_farm_are_in_the_order_of_numbers(db: Connection) -> None:
    for period in (10, 9, 2, 33, 2):
        record(db, MARCH_1, period)
    with pytest.raises(psycopg.errors.InvalidParameterValue) as caught:
        db.execute("select * from recon.explain('2025-03-01', 1, 'T_CLDCW-1')")
    assert caught.value.diag.message_hint == "It has records in periods 2, 9, 10, 33"


def test_spot_fix_of_a_blocked_day_says_so(db: Connection) -> None:
    record(db)
    with pytest.raises(psycopg.Error, match="blocked: no difficulty"):
        db.execute("select * from recon.spot_fix('2025-03-01', 1, 'T_CLDCW-1')")


def test_force_trusts_nothing(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    without_triggers(db, "update historical_bitcoin_calculations set bitcoin_mined = 1")
    assert pending(db) == []
    assert reconcile(db)["message"].startswith("0 of 0")
    assert reconcile(db, force=True)["outcome"] == "complete"
    oracle.assert_consistent(db)


WRITES = """
select relname, n_tup_ins, n_tup_upd, n_tup_del from pg_stat_xact_user_tables order by relid
"""


@pytest.mark.parametrize("order_by", ["usual", "recent", "oldest", "largest"])
@pytest.mark.parametrize("force", [True, False])
def test_a_run_does_what_its_plan_says(db: Connection, force: bool, order_by: str) -> None:
    """Day by day, in the same words and the same order."""
    days(db, MARCH_1, MARCH_2, date(2025, 3, 3))
    reconcile(db)
    db.execute(
        "delete from historical_bitcoin_calculations where miner_model = 'S9'"
        " and settlement_date = '2025-03-01'"
    )
    db.execute(
        "update historical_bitcoin_calculations set bitcoin_mined = 1"
        " where settlement_date = '2025-03-02' and settlement_period = 1"
    )
    record(db, date(2025, 3, 4))
    record(db, MARCH_2, 49)
    record(db, date(2025, 3, 5))
    difficulty(db, date(2025, 3, 6))
    record(db, date(2025, 3, 6))
    db.execute("delete from curtailment_records where settlement_date = '2025-03-05'")
    with db.transaction():
        before = db.execute(WRITES).fetchall()
        plan = db.execute(
            "select * from recon.plan(force => %s, order_by => %s)", (force, order_by)
        ).fetchall()
        assert db.execute(WRITES).fetchall() == before
    run = reconcile(db, force=force, order_by=order_by)
    done = db.execute(
        "select r.* from recon.day_results r join recon.run_days d using (run_id, settlement_date)"
        " where r.run_id = %s order by d.position",
        (run["run_id"],),
    ).fetchall()
    fields = ("settlement_date", "result", "missing", "stale", "wrong", "orphan")
    assert [[p[f] for f in fields] for p in plan] == [[d[f] for f in fields] for d in done]
    results = {p["settlement_date"].day: p["result"] for p in plan}
    assert results == {
        1: "fixed",
        2: "partially_fixed",
        **({3: "fully_reconciled"} if force else {}),
        4: "blocked",
        5: "no_data",
        6: "fixed",
    }
    if order_by == "usual":
        assert list(results) == ([4, 5, 6, 3, 2, 1] if force else [4, 5, 6, 2, 1])
    assert all(p["expected_duration"] is not None for p in plan)


def test_critical_gets_on_under_a_timeout_that_no_whole_day_would_keep(
    db: Connection, url: str
) -> None:
    """Each half hour is a statement of its own, and what was committed is said."""
    days(db, MARCH_1, farms=2, periods=3)
    db.execute(
        "create function slow() returns trigger language plpgsql as"
        " 'begin perform pg_sleep(0.2); return new; end'"
    )
    db.execute(
        "create trigger slow before insert on historical_bitcoin_calculations"
        " for each row when (new.miner_model = 'S9') execute function slow()"
    )
    with connect(url) as hurried:
        hurried.execute("set statement_timeout = '1s'")
        whole = call(hurried, "call recon.reconcile_date('2025-03-01')")
        assert whole["outcome"] == "incomplete"
        assert reconcile_critical(hurried, MARCH_1)["outcome"] == "complete"
        assert fix_critical(hurried, 3)["outcome"] == "complete"
    assert value(db, "select count(*) from recon.gaps()") == 0

    db.execute("delete from historical_bitcoin_calculations")
    db.execute(
        "create or replace function slow() returns trigger language plpgsql as"
        " 'begin perform pg_sleep(case new.settlement_period when 3 then 2 else 0.1 end);"
        " return new; end'"
    )
    with connect(url) as hurried:
        hurried.execute("set statement_timeout = '1s'")
        with pytest.raises(BusyError, match="2 of 3 half hours were repaired and are committed"):
            reconcile_critical(hurried, MARCH_1)
    assert value(db, "select count(*) from historical_bitcoin_calculations") == 2 * 2 * 3
