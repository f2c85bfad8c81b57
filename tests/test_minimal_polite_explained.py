"""P6 minimal, P7 polite, P8 explained; and what becomes of a day that fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import psycopg
import pytest

from recon_kit.db import Connection
from tests import oracle
from tests.world import (
    MARCH_1,
    MARCH_2,
    VERSIONS,
    days,
    difficulty,
    kinds,
    pass_time,
    pending,
    reconcile,
    record,
    value,
)

Open = Callable[[], Connection]


def row_versions(db: Connection) -> list[tuple[str, str]]:
    found = db.execute(
        "select xmin::text as x, ctid::text as c from historical_bitcoin_calculations"
    )
    return sorted((row["x"], row["c"]) for row in found)


def test_a_run_with_nothing_to_do_writes_its_run_and_nothing_else(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    before = db.execute(VERSIONS).fetchall()
    run = reconcile(db)
    assert run["outcome"] == "complete"
    assert db.execute(VERSIONS).fetchall() == before
    assert value(db, "select count(*) from recon.runs") == 2


def test_force_rewrites_no_row_that_is_right(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    before = row_versions(db)
    assert reconcile(db, force=True)["outcome"] == "complete"
    assert row_versions(db) == before


def test_only_the_broken_rows_of_a_day_are_rewritten(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    before = set(row_versions(db))
    db.execute(
        "update historical_bitcoin_calculations set bitcoin_mined = 0"
        " where settlement_period = 2 and farm_id = 'T_FARM-1' and miner_model = 'S9'"
    )
    reconcile(db)
    assert len(set(row_versions(db)) - before) == 1
    oracle.assert_consistent(db)


def test_another_notation_of_a_stored_value_is_not_rewritten(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute("update recon.network_difficulties set difficulty = difficulty + 0.00")
    before = row_versions(db)
    reconcile(db)
    assert row_versions(db) == before


def test_repairs_tell_what_was_there_what_is_now_why_and_by_which_run(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    right = oracle.stored(db)
    cells = sorted(right)[:3]
    db.execute(
        "update historical_bitcoin_calculations set bitcoin_mined = 7"
        " where (settlement_date, settlement_period, farm_id, miner_model) = (%s, %s, %s, %s)",
        cells[0],
    )
    db.execute(
        "update historical_bitcoin_calculations set bitcoin_mined = 8, difficulty = 9"
        " where (settlement_date, settlement_period, farm_id, miner_model) = (%s, %s, %s, %s)",
        cells[1],
    )
    db.execute(
        "update historical_bitcoin_calculations set farm_id = 'T_GONE-1'"
        " where (settlement_date, settlement_period, farm_id, miner_model) = (%s, %s, %s, %s)",
        cells[2],
    )
    assert kinds(db) == {"wrong": 1, "stale": 1, "orphan": 1, "missing": 1}
    run = reconcile(db)
    repairs = {
        r["kind"]: (
            (r["settlement_date"], r["settlement_period"], r["farm_id"], r["miner_model"]),
            r["bitcoin_mined_before"],
            r["difficulty_before"],
            r["bitcoin_mined_after"],
            r["difficulty_after"],
        )
        for r in db.execute("select * from recon.repairs where run_id = %s", (run["run_id"],))
    }
    difficulty_ = right[cells[0]][1]
    gone = (*cells[2][:2], "T_GONE-1", cells[2][3])
    assert repairs == {
        "wrong": (cells[0], 7, difficulty_, right[cells[0]][0], difficulty_),
        "stale": (cells[1], 8, 9, right[cells[1]][0], difficulty_),
        "orphan": (gone, right[cells[2]][0], difficulty_, None, None),
    }
    history = db.execute("select * from recon.run_history order by run_id desc limit 1").fetchone()
    assert history is not None
    assert [history[k] for k in ("missing", "stale", "wrong", "orphan")] == [1, 1, 1, 1]
    oracle.assert_consistent(db)


FAIL_ON_MARCH_2 = """
create function public.complain() returns trigger language plpgsql as $$
begin
  if new.settlement_date = '2025-03-02' then
    raise exception 'not on this day' using errcode = 'P1234';
  end if;
  return new;
end $$;
create trigger complain before insert or update on historical_bitcoin_calculations
for each row execute function public.complain();
"""


def test_a_day_that_raises_fails_alone_and_is_tried_again_later_and_later(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2, date(2025, 3, 3))
    db.execute(FAIL_ON_MARCH_2)
    run = reconcile(db)
    assert run["outcome"] == "incomplete"
    assert "2 fixed" in run["message"]
    assert "1 failed" in run["message"]
    day = db.execute("select * from recon.day_status where state = 'failed'").fetchone()
    assert day is not None
    assert (day["settlement_date"], day["sqlstate"], day["reason"]) == (
        MARCH_2,
        "P1234",
        "not on this day",
    )
    assert pending(db) == [MARCH_2]

    assert "0 of 0 days" in reconcile(db)["message"], "it is not tried before its time"
    waits = []
    for _ in range(4):
        wait = value(
            db,
            "select d.next_attempt_at - r.started_at from recon.days d"
            " join recon.runs r on r.run_id = d.run_id where d.outcome = 'failed'",
        )
        waits.append(round(wait.total_seconds()))
        pass_time(db, f"{waits[-1] - 5} seconds")
        assert "0 of 0 days" in reconcile(db)["message"], "it is not tried before its time"
        pass_time(db, "6 seconds")
        assert reconcile(db)["outcome"] == "incomplete"
    assert waits == [60, 120, 240, 480]
    assert value(db, "select attempts from recon.days where outcome = 'failed'") == 5
    assert value(db, "select next_attempt_at = 'infinity' from recon.days where outcome = 'failed'")

    db.execute("drop trigger complain on historical_bitcoin_calculations")
    assert reconcile(db)["outcome"] == "incomplete", "after max_attempts it waits for a person"
    assert reconcile(db, force=True)["outcome"] == "complete"
    oracle.assert_consistent(db)


def test_a_row_that_somebody_holds_fails_its_day_after_a_bounded_wait(
    db: Connection, another: Open
) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    db.execute("update recon.settings set lock_timeout = '50 milliseconds'")
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")
    holder = another()
    with holder.transaction():
        holder.execute(
            "select * from historical_bitcoin_calculations where settlement_date = %s for update",
            (MARCH_1,),
        )
        assert reconcile(db)["outcome"] == "incomplete"
        assert value(db, "select sqlstate from recon.days where outcome = 'failed'") == "55P03"
    assert reconcile(db, force=True)["outcome"] == "complete"
    oracle.assert_consistent(db)


def test_ingest_never_waits_for_a_reconciler(db: Connection, another: Open) -> None:
    """A batch is in flight on both days, and every kind of ingest goes through at once."""
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    worker, ingest = another(), another()
    ingest.execute("set lock_timeout = '1ms'")
    record(db, MARCH_1, 9)
    record(db, MARCH_2, 9)
    run = value(db, "select recon.start_run(null, null, 'recent', false)")
    with worker.transaction():
        assert value(worker, "select days from recon.reconcile_batch(%s, 10)", run) == 2
        record(ingest, MARCH_1, 10)
        record(ingest, MARCH_1, 9)
        ingest.execute("update curtailment_records set volume = volume - 1")
        ingest.execute("delete from curtailment_records where settlement_period = 3")
        difficulty(ingest, MARCH_2, Decimal(1000))
        ingest.execute("update recon.miner_models set power_watts = 3000")
        blocked = value(worker, "select count(*) from pg_locks where not granted")
        assert blocked == 0
    reconcile(db)
    oracle.assert_consistent(db)


def test_two_ingests_of_one_day_do_not_wait_for_each_other(db: Connection, another: Open) -> None:
    one, other = another(), another()
    other.execute("set lock_timeout = '1ms'")
    with one.transaction(), other.transaction():
        record(one, MARCH_1, 1)
        record(other, MARCH_2, 1)
        record(one, MARCH_2, 2)
        record(other, MARCH_1, 2)
    assert pending(db) == [MARCH_1, MARCH_2]


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("usual", [MARCH_1, MARCH_2, date(2025, 3, 3)]),
        ("recent", [date(2025, 3, 3), MARCH_2, MARCH_1]),
        ("oldest", [MARCH_1, MARCH_2, date(2025, 3, 3)]),
        ("largest", [MARCH_2, date(2025, 3, 3), MARCH_1]),
    ],
)
def test_days_are_done_in_the_order_asked_for(
    db: Connection, order_by: str, expected: list[date]
) -> None:
    for day, volume in ((MARCH_1, -1), (MARCH_2, -9), (date(2025, 3, 3), -5)):
        difficulty(db, day)
        record(db, day, volume=volume)
    run = reconcile(db, order_by=order_by, batch_days=1, max_batches=2)
    assert run["outcome"] == "incomplete"
    assert pending(db) == [expected[2]]
    done = db.execute("select settlement_date from recon.run_days order by position").fetchall()
    assert [row["settlement_date"] for row in done] == expected


def test_a_range_does_its_days_and_no_others(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2, date(2025, 3, 3))
    assert reconcile(db, from_date=MARCH_2, to_date=MARCH_2)["outcome"] == "complete"
    assert pending(db) == [MARCH_1, date(2025, 3, 3)]
    db.execute("call recon.reconcile_date('2025-03-01')")
    assert pending(db) == [date(2025, 3, 3)]
    db.execute("set recon.now = '2025-03-05 10:00+00'")
    db.execute("call recon.reconcile_recent(days => 2)")
    assert pending(db) == [date(2025, 3, 3)]
    db.execute("call recon.reconcile_recent(days => 3)")
    assert pending(db) == []
    oracle.assert_consistent(db)


@pytest.mark.parametrize(
    ("call", "sqlstate", "text"),
    [
        ("call recon.reconcile('2025-03-02', '2025-03-01')", "22023", "2025-03-02 is after"),
        ("call recon.reconcile(order_by => 'newest')", "22023", "order_by is 'newest'"),
        ("call recon.reconcile(batch_days => 0)", "22023", "batch_days is 0"),
        ("call recon.reconcile(batch_days => null)", "22023", "batch_days is null"),
        ("call recon.reconcile_date(null)", "22004", "settlement_date is null"),
        ("call recon.reconcile_recent(0)", "22023", "days is 0"),
        ("call recon.reconcile_date('2025-02-30')", "22008", "2025-02-30"),
        ("select * from recon.gaps('2025-03-02', '2025-03-01')", "22023", "2025-03-02 is after"),
        ("select recon.finish_run(99)", "P0002", "no run 99"),
    ],
)
def test_an_argument_that_cannot_be_is_named_and_nothing_is_done(
    db: Connection, call: str, sqlstate: str, text: str
) -> None:
    days(db, MARCH_1)
    with pytest.raises(psycopg.Error, match=text) as refusal:
        db.execute(call).fetchall()
    assert refusal.value.sqlstate == sqlstate
    assert pending(db) == [MARCH_1]
    assert value(db, "select count(*) from recon.run_days where outcome is not null") == 0


@pytest.mark.parametrize(
    "call",
    [
        "begin; call recon.reconcile()",
        "set work_mem = '8MB'; call recon.reconcile()",
        "begin; call recon.reconcile_date('2025-03-01')",
    ],
)
def test_a_call_inside_a_transaction_says_what_to_do_instead(db: Connection, call: str) -> None:
    days(db, MARCH_1)
    with pytest.raises(psycopg.errors.InvalidTransactionTermination) as refusal:
        db.execute(call)
    assert "call_alone_outside_a_transaction" in (refusal.value.diag.context or "")
    db.rollback()
    assert pending(db) == [MARCH_1]
    assert value(db, "select count(*) from recon.runs") == 0


def test_an_empty_database_has_nothing_to_do_and_is_not_called_complete_by_its_figures(
    db: Connection,
) -> None:
    assert reconcile(db)["message"].startswith("0 of 0 days done")
    status = db.execute("select * from recon.status()").fetchone()
    assert status is not None
    assert (status["days"], status["first_date"], status["calculations"]) == (0, None, 0)


def test_a_date_known_only_by_its_difficulty_is_not_a_day(db: Connection) -> None:
    difficulty(db)
    reconcile(db)
    assert pending(db) == []
    assert value(db, "select count(*) from recon.days") == 0


def test_reconcile_days_does_the_given_dates_in_the_callers_transaction(db: Connection) -> None:
    reconcile(db)
    days(db, MARCH_1, MARCH_2)
    with db.transaction(force_rollback=True):
        done = db.execute(
            "select * from recon.reconcile_days(array['2025-03-01', '2025-03-09']::date[])"
        ).fetchall()
        assert [(d["settlement_date"], d["outcome"], d["missing"]) for d in done] == [
            (MARCH_1, "reconciled", 36),
            (date(2025, 3, 9), "reconciled", 0),
        ]
        assert pending(db) == [MARCH_2]
    assert pending(db) == [MARCH_1, MARCH_2]
