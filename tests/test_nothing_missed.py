"""P4: any committed change, by any client, in any interleaving, is reconciled by a later run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import psycopg
import pytest

from recon_kit.db import Connection
from tests import oracle
from tests.world import (
    MARCH_1,
    MARCH_2,
    days,
    difficulty,
    in_background,
    kinds,
    pending,
    reconcile,
    record,
    value,
    wait_for_lock,
    without_triggers,
)

Open = Callable[[], Connection]

CHANGES = {
    "source insert": "insert into curtailment_records"
    " (settlement_date, settlement_period, farm_id, volume, payment)"
    " values ('2025-03-01', 9, 'T_NEW-1', -5, 350)",
    "source update": "update curtailment_records set volume = volume - 1"
    " where settlement_date = '2025-03-01'",
    "source delete": "delete from curtailment_records where settlement_date = '2025-03-01'"
    " and settlement_period = 1",
    "source truncate": "truncate curtailment_records",
    "source copied": "copy curtailment_records"
    " (settlement_date, settlement_period, farm_id, volume, payment) from stdin",
    "source moved to another day": "update curtailment_records set settlement_date = '2025-03-01'"
    " where settlement_date = '2025-03-02'",
    "difficulty update": "update recon.network_difficulties set difficulty = difficulty * 2"
    " where settlement_date = '2025-03-01'",
    "difficulty delete and insert": "with gone as (delete from recon.network_difficulties"
    " where settlement_date = '2025-03-01' returning *) select 1 from gone",
    "model changed": "update recon.miner_models set power_watts = 3000 where miner_model = 'S9'",
    "model added": "insert into recon.miner_models values ('S21', 200, 3500)",
    "model deactivated": "update recon.miner_models set is_active = false where miner_model = 'S9'",
    "reward changed": "update recon.block_rewards set block_reward_btc = 3"
    " where from_date = '2024-04-20'",
    "reward added": "insert into recon.block_rewards values ('2025-03-02', 1.5)",
    "row deleted": "delete from historical_bitcoin_calculations"
    " where settlement_date = '2025-03-01' and miner_model = 'S9'",
    "row falsified": "update historical_bitcoin_calculations"
    " set bitcoin_mined = bitcoin_mined + 1e-12 where settlement_date = '2025-03-01'",
    "row with another difficulty": "update historical_bitcoin_calculations"
    " set difficulty = difficulty + 1 where settlement_date = '2025-03-01'",
    "row moved": "update historical_bitcoin_calculations set farm_id = farm_id || 'x'"
    " where settlement_date = '2025-03-01'",
    "row invented": "insert into historical_bitcoin_calculations"
    " (settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined, difficulty)"
    " values ('2025-03-05', 1, 'T_GONE-1', 'S9', 1, 1)",
    "rows truncated": "truncate historical_bitcoin_calculations",
    "summary falsified": "update bitcoin_daily_summaries set bitcoin_mined = 0",
    "summary deleted": "delete from bitcoin_daily_summaries where summary_date = '2025-03-01'",
    "summary invented": "insert into bitcoin_daily_summaries values ('2025-03-07', 'S9', 1)",
    "summaries truncated": "truncate bitcoin_daily_summaries",
}


def change(db: Connection, what: str) -> None:
    if what == "source copied":
        with db.cursor() as cursor, cursor.copy(CHANGES[what]) as copy:
            copy.write("2025-03-01\t7\tT_NEW-2\t-3.5\t200\n")
        return
    db.execute(CHANGES[what])
    if what == "difficulty delete and insert":
        difficulty(db, MARCH_1)


@pytest.mark.parametrize("role", ["origin", "replica"])
@pytest.mark.parametrize("what", CHANGES)
def test_any_change_makes_its_days_pending_and_the_next_run_mends_them(
    db: Connection, what: str, role: str
) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    assert pending(db) == []
    db.execute(f"set session_replication_role = {role}")
    change(db, what)
    db.execute("reset session_replication_role")
    assert pending(db)
    assert reconcile(db)["outcome"] == "complete"
    assert pending(db) == []
    oracle.assert_consistent(db)


@pytest.mark.parametrize("first", ["the model", "the other"])
@pytest.mark.parametrize("what", CHANGES)
def test_a_new_model_does_not_hide_what_else_has_changed(
    db: Connection, what: str, first: str
) -> None:
    new_model = "insert into recon.miner_models values ('S17', 53, 2094)"
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    if first == "the model":
        db.execute(new_model)
    change(db, what)
    if first == "the other":
        db.execute(new_model)
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)
    assert db.execute("select * from recon.verify(depth => 'fingerprints')").fetchall() == []


STORED = "select array_agg((h.ctid, h.xmin) order by ctid) from historical_bitcoin_calculations h"


def test_a_new_model_is_added_to_what_stands(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    before = value(db, STORED)
    db.execute("insert into recon.miner_models values ('S21', 200, 3500), ('S17', 53, 2094)")
    assert "48 missing inserted, 0 stale" in reconcile(db)["message"]
    assert value(db, f"{STORED} where miner_model not in ('S21', 'S17')") == before
    oracle.assert_consistent(db)
    assert db.execute("select * from recon.verify(depth => 'fingerprints')").fetchall() == []


def test_a_new_model_is_compared_where_rows_of_it_are_stored(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    db.execute("set recon.own_write = 'on'")
    db.execute(
        "insert into historical_bitcoin_calculations select settlement_date, settlement_period,"
        " farm_id, 'S21', 1, difficulty from historical_bitcoin_calculations where farm_id like"
        " '%1' and miner_model = 'S9' and settlement_date = '2025-03-01'"
    )
    db.execute("reset recon.own_write")
    db.execute("insert into recon.miner_models values ('S21', 200, 3500)")
    assert "wrong updated" in reconcile(db)["message"]
    oracle.assert_consistent(db)
    assert db.execute("select * from recon.verify(depth => 'fingerprints')").fetchall() == []


@pytest.mark.parametrize(
    "statement",
    [
        "update curtailment_records set volume = volume * 2 where settlement_date = '2025-03-01'",
        "update recon.network_difficulties set difficulty = difficulty * 2",
        "update recon.block_rewards set block_reward_btc = 1",
    ],
)
def test_a_new_model_is_not_added_to_what_was_made_of_another_source(
    db: Connection, statement: str
) -> None:
    """Changed past the triggers; verify by fingerprints would never see it again."""
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    with db.transaction():
        without_triggers(db, statement, statement.split()[1])
    db.execute("insert into recon.miner_models values ('S21', 200, 3500)")
    reconcile(db)
    oracle.assert_consistent(db)
    assert db.execute("select * from recon.verify(depth => 'fingerprints')").fetchall() == []


def test_a_model_whose_rows_an_interrupted_critical_has_removed_is_not_counted(
    db: Connection,
) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute("update recon.miner_models set is_active = false where miner_model = 'S9'")
    run = value(
        db,
        "insert into recon.runs (started_at, order_by, force) values"
        " (now(), 'recent', true) returning run_id",
    )
    for period in range(1, 5):
        db.execute("select recon.attempt_period('2025-03-01', %s, %s, 1)", (period, run))
    assert value(db, "select count(*) from historical_bitcoin_calculations") == 24
    reconcile(db)
    assert value(db, "select calculations from recon.days") == 24
    oracle.assert_consistent(db)
    assert db.execute("select * from recon.verify(depth => 'fingerprints')").fetchall() == []


def test_a_new_model_waits_with_a_blocked_day_and_force_compares_all(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    db.execute("delete from recon.network_difficulties where settlement_date = '2025-03-01'")
    reconcile(db)
    db.execute("insert into recon.miner_models values ('S21', 200, 3500)")
    assert reconcile(db)["outcome"] == "incomplete"
    difficulty(db, MARCH_1)
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)

    db.execute("set recon.own_write = 'on'")
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 1 where farm_id ~ '1'")
    db.execute("alter table historical_bitcoin_calculations enable trigger all")
    db.execute("insert into recon.miner_models values ('S17', 53, 2094)")
    reconcile(db, force=True)
    oracle.assert_consistent(db)


def test_a_change_that_is_rolled_back_leaves_nothing(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    with db.transaction(force_rollback=True):
        record(db, MARCH_1, 20)
    assert pending(db) == []


def test_what_was_there_before_the_kit_is_looked_at_in_the_first_run(db: Connection) -> None:
    assert value(db, "select reason from recon.changes") == "installed"
    reconcile(db)
    assert value(db, "select count(*) from recon.changes") == 0


def test_race_change_committed_between_claim_and_compute(db: Connection, another: Open) -> None:
    """The worker has deleted the changes; then one more commits; then it computes."""
    days(db, MARCH_1)
    worker, ingest = another(), another()
    run = value(db, "select recon.start_run(null, null, 'recent', false)")
    with worker.transaction():
        assert value(worker, "select recon.lock_day(%s)", MARCH_1)
        worker.execute("delete from recon.changes where settlement_date = %s", (MARCH_1,))
        record(ingest, MARCH_1, 30, "T_LATE-1")
        worker.execute("update recon.runs set force = true where run_id = %s", (run,))
        worker.execute("select recon.reconcile_day(%s, %s)", (MARCH_1, run))
    assert pending(db) == []
    oracle_keys = {cell[:3] for cell in oracle.expected(db)}
    assert {cell[:3] for cell in oracle.stored(db)} == oracle_keys


def test_race_change_committed_while_the_day_is_computed(db: Connection, another: Open) -> None:
    """The worker waits for a row somebody has locked; a record commits; it stays pending."""
    days(db, MARCH_1)
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")
    holder, worker, ingest = another(), another(), another()
    with holder.transaction():
        holder.execute("select * from historical_bitcoin_calculations for update")
        running = in_background(lambda: reconcile(worker))
        wait_for_lock(db, worker.info.backend_pid)
        record(ingest, MARCH_1, 30, "T_LATE-1")
    running()
    assert pending(db) == [MARCH_1]
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)


def test_race_long_ingest_that_commits_after_the_run(db: Connection, another: Open) -> None:
    """Its changes carry lower numbers and earlier times than ones consumed long before."""
    days(db, MARCH_1)
    ingest = another()
    with ingest.transaction():
        record(ingest, MARCH_1, 40, "T_LATE-1")
        record(db, MARCH_1, 41, "T_OTHER-1")
        assert reconcile(db)["outcome"] == "complete"
        record(db, MARCH_1, 42, "T_OTHER-1")
        assert reconcile(db)["outcome"] == "complete"
        assert pending(db) == []
    assert pending(db) == [MARCH_1]
    reconcile(db)
    oracle.assert_consistent(db)


def test_race_model_changed_beside_an_ingest_that_is_still_open(
    db: Connection, another: Open
) -> None:
    """Neither sees the other: the model cannot list the day, the ingest has the old model."""
    days(db, MARCH_1)
    reconcile(db)
    ingest, model = another(), another()
    with model.transaction():
        model.execute("update recon.miner_models set power_watts = 3000")
        with ingest.transaction():
            record(ingest, MARCH_2)
            difficulty(ingest, MARCH_2)
        reconcile(db)
    assert set(pending(db)) == {MARCH_1, MARCH_2}
    reconcile(db)
    oracle.assert_consistent(db)


def test_race_reload_of_a_day_against_a_run(db: Connection, another: Open) -> None:
    days(db, MARCH_1)
    reconcile(db)
    reload = another()
    with reload.transaction():
        reload.execute("delete from curtailment_records where settlement_date = %s", (MARCH_1,))
        reconcile(db, force=True)
        record(reload, MARCH_1, 1, "T_FARM-0", -99)
        reconcile(db, force=True)
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)


def test_race_two_reconcilers_share_the_days_and_neither_waits(
    db: Connection, another: Open
) -> None:
    days(db, MARCH_1, MARCH_2)
    first, second = another(), another()
    with first.transaction():
        run = value(first, "select recon.start_run(null, null, 'recent', false)")
    with first.transaction():
        done = value(first, "select days from recon.reconcile_batch(%s, 1)", run)
        assert done == 1
        with second.transaction():
            second.execute("set local statement_timeout = '5s'")
            assert value(second, "select days from recon.reconcile_batch(%s, 10)", run) == 1
    assert value(db, "select recon.finish_run(%s)", run) == "complete"
    oracle.assert_consistent(db)


def test_race_an_older_snapshot_never_overwrites_a_newer_result(
    db: Connection, another: Open
) -> None:
    days(db, MARCH_1)
    worker = another()
    worker.execute("begin isolation level repeatable read")
    run = value(worker, "select recon.start_run(null, null, 'recent', false)")
    with pytest.raises(psycopg.Error, match="needs read committed") as refusal:
        worker.execute("select recon.reconcile_batch(%s, 1)", (run,))
    assert refusal.value.sqlstate == "RK001"


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_a_session_of_another_isolation_level_reconciles_all_the_same(
    db: Connection, isolation: str
) -> None:
    days(db, MARCH_1, MARCH_2)
    db.isolation_level = None
    db.execute(f"set default_transaction_isolation = '{isolation}'")
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)


def test_race_a_second_refresh_of_the_summaries_does_not_publish_older_figures(
    db: Connection, another: Open
) -> None:
    days(db, MARCH_1)
    reconcile(db)
    first, second = another(), another()
    record(db, MARCH_1, 44)
    db.execute("select recon.reconcile_days(array['2025-03-01'::date])")
    db.execute("update recon.daily_sums set calculations = calculations")
    with first.transaction():
        assert value(first, "select recon.refresh_summaries()")
        refreshing = in_background(lambda: value(second, "select recon.refresh_summaries()"))
        wait_for_lock(db, second.info.backend_pid)
        days(db, MARCH_2)
        db.isolation_level = None
        run = value(db, "select recon.start_run(null, null, 'recent', false)")
        db.execute("select recon.reconcile_batch(%s, 10)", (run,))
    assert refreshing()
    oracle.assert_consistent(db)
    assert value(db, "select count(*) from recon.summary_changes") == 0


def test_a_run_ends_under_constant_ingest_and_leaves_the_rest_to_the_next(
    db: Connection, another: Open
) -> None:
    days(db, *(date(2025, 3, n) for n in range(1, 6)))
    run = value(db, "select recon.start_run(null, null, 'oldest', false)")
    for batch in range(5):
        days(db, date(2025, 4, 1 + batch), periods=1)
        assert value(db, "select days from recon.reconcile_batch(%s, 1)", run) == 1
    assert value(db, "select days from recon.reconcile_batch(%s, 1)", run) == 0
    assert pending(db) == [date(2025, 4, n) for n in range(1, 6)]


def test_skipping_a_mark_because_one_is_there_is_not_done(db: Connection, another: Open) -> None:
    """Each writer leaves its own row, so that one consumed too early costs nothing."""
    ingest = another()
    record(db, MARCH_1, 1)
    with ingest.transaction():
        record(ingest, MARCH_1, 2)
        difficulty(db, MARCH_1)
        reconcile(db)
    assert pending(db) == [MARCH_1]
    assert kinds(db) == {"missing": 3}
