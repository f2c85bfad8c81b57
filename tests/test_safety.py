"""What keeps a run from doing harm: the fuse, the pause, days set aside, poison on purpose."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from recon_kit.db import Connection, connect
from recon_kit.driver import Plan
from recon_kit.driver import reconcile as drive
from recon_kit.errors import ReconError
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate
from tests import oracle
from tests.world import (
    MARCH_1,
    MARCH_2,
    call,
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
TEN_DAYS = [MARCH_1 + timedelta(days=n) for n in range(10)]


@pytest.fixture
def ten_days(db: Connection) -> Connection:
    """Ten reconciled days."""
    days(db, *TEN_DAYS, farms=2, periods=2)
    reconcile(db)
    return db


DISASTERS = {
    "the source truncated": "truncate curtailment_records",
    "a reload that lost most of its rows": "delete from curtailment_records"
    " where settlement_period = 2 or farm_id = 'T_FARM-1'",
    "a specification with a typo": "update recon.miner_models set hashrate_ths = 10000"
    " where miner_model = 'S19J_PRO'",
    "every difficulty overwritten": "update recon.network_difficulties set difficulty = 1",
    "a model switched off": "update recon.miner_models set is_active = false"
    " where miner_model = 'S9'",
}


@pytest.mark.parametrize("what", DISASTERS)
def test_a_disaster_stops_the_run_before_it_writes(ten_days: Connection, what: str) -> None:
    db = ten_days
    before = oracle.stored(db)
    db.execute(DISASTERS[what])
    with pytest.raises(psycopg.Error, match="stopped before it wrote anything") as refusal:
        reconcile(db)
    assert refusal.value.sqlstate == "RK002"
    assert "recon.confirm(run_id => 2)" in (refusal.value.diag.message_hint or "")
    assert "of 120 reconciled calculations" in str(refusal.value)
    assert oracle.stored(db) == before
    assert pending(db) == TEN_DAYS
    run = call(db, "select * from recon.runs order by run_id desc limit 1")
    assert run["outcome"] == "stopped"
    with pytest.raises(psycopg.Error, match="stopped"):
        reconcile(db, from_date=MARCH_1, to_date=MARCH_1)
    db.execute("select recon.confirm(run_id => 2)")
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)


def test_a_confirmation_is_good_until_a_run_has_ended(ten_days: Connection, url: str) -> None:
    db = ten_days
    db.execute("truncate curtailment_records")
    with pytest.raises(ReconError, match="stopped") as refusal:
        drive(url, Plan())
    assert "recon-kit confirm 2" in (refusal.value.hint or "")
    db.execute("select recon.confirm(2)")
    run = value(db, "select recon.start_run(null, null, 'recent', false)")
    db.execute("select recon.reconcile_batch(%s, 1)", (run,))
    assert reconcile(db)["outcome"] == "complete", "the first was killed, so it still holds"
    days(db, *TEN_DAYS, farms=2, periods=2)
    reconcile(db)
    db.execute("truncate curtailment_records")
    with pytest.raises(psycopg.Error, match="stopped"):
        reconcile(db)


def test_only_a_stopped_run_can_be_confirmed(ten_days: Connection) -> None:
    for run in ("1", "99", "null"):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="was not stopped"):
            ten_days.execute(f"select recon.confirm({run})")


HARMLESS = {
    "a first backfill beside it": "insert into curtailment_records"
    " (settlement_date, settlement_period, farm_id, volume, payment)"
    " select d, p, 'T_NEW-1', -5, 350 from generate_series(1, 20) p,"
    " generate_series('2024-01-01'::date, '2024-03-01', '1 day') d",
    "a new model": "insert into recon.miner_models values ('S21', 200, 3500)",
    "two days withdrawn": "delete from curtailment_records where settlement_date < '2025-03-03'",
    "a few rows of each day": "delete from curtailment_records"
    " where settlement_period = 1 and farm_id = 'T_FARM-1'"
    " and settlement_date < '2025-03-07'",
    "rows deleted by hand": "delete from historical_bitcoin_calculations",
}


@pytest.mark.parametrize("what", HARMLESS)
def test_ordinary_changes_do_not_blow_the_fuse(ten_days: Connection, what: str) -> None:
    db = ten_days
    db.execute(HARMLESS[what])
    reconcile(db)
    assert set(kinds(db)) <= {"blocked"}


def test_the_fuse_looks_at_all_that_is_pending_and_not_at_the_range(ten_days: Connection) -> None:
    db = ten_days
    db.execute("truncate curtailment_records")
    with pytest.raises(psycopg.Error, match="stopped"):
        db.execute("call recon.reconcile_date('2025-03-01')")
    with pytest.raises(psycopg.Error, match="stopped"):
        db.execute("call recon.reconcile_critical('2025-03-01')")


def test_paused_runs_are_refused_and_running_ones_end_after_their_batch(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    run = value(db, "select recon.start_run(null, null, 'recent', false)")
    assert value(db, "select days from recon.reconcile_batch(%s, 1)", run) == 1
    db.execute("select recon.pause('the disk is being moved')")
    assert value(db, "select days from recon.reconcile_batch(%s, 1)", run) == 0
    assert value(db, "select recon.finish_run(%s)", run) == "incomplete"
    for statement in (
        "call recon.reconcile()",
        "call recon.reconcile_critical('2025-03-01')",
        "call recon.scrub()",
        "select * from recon.spot_fix('2025-03-01', 1, 'T_FARM-0')",
    ):
        with pytest.raises(psycopg.Error, match="paused: the disk is being moved") as refusal:
            db.execute(statement)
        assert refusal.value.sqlstate == "RK003"
    assert value(db, "select paused_reason from recon.status()") == "the disk is being moved"
    assert value(db, "select recon.resume()") is True
    assert value(db, "select recon.resume()") is False
    assert reconcile(db)["outcome"] == "complete"
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="needs a reason"):
        db.execute("select recon.pause(' ')")


def test_a_skipped_day_is_passed_over_and_seen_in_every_status(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    db.execute("select recon.skip_day('2025-03-01', 'disputed with the operator')")
    assert reconcile(db)["outcome"] == "incomplete"
    assert {cell[0] for cell in oracle.stored(db)} == {MARCH_2}
    assert value(db, "select skipped from recon.status()") == 1
    shown = call(db, "select * from recon.day_status where state = 'skipped'")
    assert shown["reason"] == "disputed with the operator"
    assert reconcile(db, force=True)["outcome"] == "incomplete"
    assert {cell[0] for cell in oracle.stored(db)} == {MARCH_2}
    for verb in (
        "call recon.reconcile_critical('2025-03-01')",
        "select * from recon.spot_fix('2025-03-01', 1, 'T_FARM-0')",
    ):
        with pytest.raises(psycopg.Error, match="skipped: disputed"):
            db.execute(verb.encode())
    db.execute("select recon.retry_day('2025-03-01')")
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)


def test_a_day_that_waits_for_a_person_is_tried_again_when_asked(db: Connection) -> None:
    days(db, MARCH_1)
    db.execute("update recon.settings set max_attempts = 1")
    db.execute(
        "alter table historical_bitcoin_calculations add check (bitcoin_mined < 0) not valid"
    )
    assert reconcile(db)["outcome"] == "incomplete"
    assert value(db, "select next_attempt_at = 'infinity' from recon.days")
    db.execute(
        "alter table historical_bitcoin_calculations"
        " drop constraint historical_bitcoin_calculations_bitcoin_mined_check"
    )
    assert reconcile(db)["message"].startswith("0 of 0")
    db.execute("select recon.retry_day('2025-03-01')")
    assert reconcile(db)["outcome"] == "complete"
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="neither failed nor skipped"):
        db.execute("select recon.retry_day('2025-03-01')")


def test_a_period_51_in_an_adopted_table_blocks_its_own_cells(db: Connection) -> None:
    days(db, MARCH_1)
    db.execute("alter table curtailment_records drop constraint settlement_period_is_1_to_50")
    record(db, MARCH_1, 51)
    record(db, MARCH_1, 0)
    assert reconcile(db)["outcome"] == "incomplete"
    assert kinds(db) == {"invalid_source": 6}
    oracle.assert_consistent(db)


def test_a_statement_timeout_fails_the_day_in_hand_and_the_others_are_done(
    db: Connection, another: Open
) -> None:
    days(db, MARCH_1, MARCH_2, date(2025, 3, 3))
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")
    db.execute("update recon.settings set lock_timeout = '1 minute'")
    holder = another()
    with holder.transaction():
        holder.execute(
            "select * from historical_bitcoin_calculations where settlement_date = %s for update",
            (MARCH_2,),
        )
        db.execute("set statement_timeout = '400ms'")
        run = reconcile(db, order_by="oldest")
        assert run["outcome"] == "incomplete"
        assert value(db, "select sqlstate from recon.days where outcome = 'failed'") == "57014"
        assert pending(db) == [MARCH_2, date(2025, 3, 3)]
        assert reconcile(db)["outcome"] == "incomplete"
        assert pending(db) == [MARCH_2]
    db.execute("reset statement_timeout")
    assert reconcile(db, force=True)["outcome"] == "complete"
    oracle.assert_consistent(db)


def test_a_cancelled_run_stops_and_blames_no_day(db: Connection, another: Open) -> None:
    from tests.world import in_background, wait_for_lock

    days(db, MARCH_1)
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")
    db.execute("update recon.settings set lock_timeout = '1 minute'")
    holder, worker = another(), another()
    with holder.transaction():
        holder.execute("select * from historical_bitcoin_calculations for update")
        running = in_background(lambda: reconcile(worker))
        wait_for_lock(db, worker.info.backend_pid)
        db.execute("select pg_cancel_backend(%s)", (worker.info.backend_pid,))
        with pytest.raises(psycopg.errors.QueryCanceled):
            running()
    assert value(db, "select outcome from recon.days") == "reconciled"
    assert pending(db) == [MARCH_1]
    assert reconcile(db)["outcome"] == "complete"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    folder = Path("/tmp") / f"recon-small-{os.getpid()}"
    folder.mkdir(mode=0o755)
    mount = shutil.which("mount")
    if os.getuid() != 0 or mount is None:
        folder.rmdir()
        pytest.skip("a small file system (needs root and mount) is missing")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=3m,mode=0777", "tmpfs", str(folder)], check=False
    )
    if made.returncode:
        folder.rmdir()
        pytest.skip("a small file system (mount is not allowed here) is missing")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.mark.slow
def test_a_full_disk_suspends_the_run_and_blames_no_day(small_disk: Path) -> None:
    later = [MARCH_2 + timedelta(days=n) for n in range(30)]
    with throwaway_server() as server:
        url = server.url()
        migrate(url)
        with connect(url) as db:
            space = small_disk / "space"
            space.mkdir(mode=0o700)
            owner = server.data.stat()
            os.chown(space, owner.st_uid, owner.st_gid)
            db.execute(f"create tablespace small location '{space}'")
            db.execute("alter table historical_bitcoin_calculations set tablespace small")
            days(db, MARCH_1)
            difficulty(db, MARCH_2)
            db.execute(
                "insert into curtailment_records"
                " (settlement_date, settlement_period, farm_id, volume, payment)"
                " select '2025-03-02', p, 'T_FARM-' || f, -1, 70"
                " from generate_series(1, 48) p, generate_series(1, 300) f"
            )
            days(db, *later[1:])
            with pytest.raises(psycopg.errors.DiskFull) as fault:
                reconcile(db, order_by="oldest", batch_days=1)
            assert "recon-kit resume 1" in (fault.value.diag.message_hint or "")
            with pytest.raises(ReconError, match="No space left") as fault_of_driver:
                drive(url, Plan(order_by="oldest", batch_days=1, patience=1))
            assert "recon-kit resume 2" in (fault_of_driver.value.hint or "")
            assert value(db, "select count(*) from recon.days where outcome <> 'reconciled'") == 0
            assert value(db, "select count(*) from recon.events where kind = 'day_failed'") == 0
            assert {cell[0] for cell in oracle.stored(db)} == {MARCH_1}
            assert pending(db) == later
            db.execute("alter table historical_bitcoin_calculations set tablespace pg_default")
            assert call(db, "call recon.resume_run(1)")["outcome"] == "complete"
            assert call(db, "call recon.resume_run(2)")["outcome"] == "complete"
            oracle.assert_consistent(db)
            db.execute("drop tablespace small")


def test_history_is_forgotten_and_the_state_of_the_days_kept(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")
    reconcile(db)
    pass_time(db, "91 days")
    reconcile(db)
    pruned = {
        row["pruned"]: (row["pruned_rows"], row["open_rows"])
        for row in db.execute("select * from recon.prune_history()")
    }
    assert pruned == {
        "runs": (2, 0),
        "repairs": (36, 0),
        "refusals": (0, 0),
        "syncs": (0, 0),
        "events": (4, 0),
        "ignored writes": (0, 0),
    }
    assert value(db, "select count(*) from recon.run_days") == 0
    assert value(db, "select count(*) from recon.days") == 1
    assert value(db, "select last_run_id from recon.status()") == 3
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        db.execute("select * from recon.prune_history(keep => '-1 day')")
