"""What a person decides beside a run in flight, and what is no day's fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from recon_kit.db import Connection
from recon_kit.driver import Plan
from recon_kit.driver import reconcile as drive
from recon_kit.errors import ReconError
from tests import oracle
from tests.world import (
    MARCH_1,
    MARCH_2,
    call,
    days,
    difficulty,
    in_background,
    pending,
    reconcile,
    value,
    wait_for_lock,
)

Open = Callable[[], Connection]

HOLD = (
    "select * from historical_bitcoin_calculations where settlement_date = '2025-03-01' for update"
)


@pytest.fixture
def spoilt(db: Connection) -> Connection:
    """Two reconciled days with wrong values, and patience with locks."""
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")
    db.execute("update recon.settings set lock_timeout = '30 seconds', max_attempts = 2")
    return db


@contextmanager
def held(db: Connection, another: Open, work: Callable[[Connection], Any]) -> Iterator[Any]:
    """A run that is at 1 March, and stays there until the block has ended."""
    holder, worker = another(), another()
    with holder.transaction():
        holder.execute(HOLD)
        running = in_background(lambda: work(worker))
        wait_for_lock(db, worker.info.backend_pid)
        yield running
    running()


RUNS: dict[str, Callable[[Connection], Any]] = {
    "reconcile": reconcile,
    "critical": lambda db: db.execute("call recon.reconcile_critical('2025-03-01')"),
    "spot fix": lambda db: db.execute("select * from recon.spot_fix('2025-03-01', 1, 'T_FARM-0')"),
    "dates": lambda db: db.execute("select * from recon.reconcile_days('{2025-03-01}')"),
}


@pytest.mark.parametrize("run", ["reconcile", "critical", "dates", "spot fix"])
def test_a_day_that_is_skipped_beside_a_run_stays_skipped(
    spoilt: Connection, another: Open, run: str
) -> None:
    person = another()
    with held(spoilt, another, RUNS[run]):
        skipping = in_background(
            lambda: person.execute("select recon.skip_day('2025-03-01', 'disputed')")
        )
        wait_for_lock(spoilt, person.info.backend_pid)
    skipping()
    assert value(spoilt, "select outcome from recon.days where settlement_date = '2025-03-01'") == (
        "skipped"
    )
    spoilt.execute("update historical_bitcoin_calculations set bitcoin_mined = 1")
    before = oracle.stored(spoilt)
    reconcile(spoilt, force=True, to_date=MARCH_1)
    assert oracle.stored(spoilt) == before


@pytest.mark.parametrize("run", ["reconcile", "critical"])
def test_a_day_that_is_skipped_before_a_run_comes_to_it_is_left(
    spoilt: Connection, another: Open, run: str
) -> None:
    before = {c: v for c, v in oracle.stored(spoilt).items() if c[0] == MARCH_1}
    number = value(spoilt, "select recon.start_run(null, '2025-03-01', 'recent', true)")
    spoilt.execute("select recon.skip_day('2025-03-01', 'disputed')")
    if run == "reconcile":
        spoilt.execute("select * from recon.reconcile_batch(%s, 10)", (number,))
        assert value(spoilt, "select recon.finish_run(%s)", number) == "incomplete"
    else:
        assert value(spoilt, "select recon.attempt_period('2025-03-01', 1, %s, 1)", number)
        assert value(spoilt, "select recon.finish_critical('2025-03-01', %s)", number) == (
            "incomplete"
        )
    assert {c: v for c, v in oracle.stored(spoilt).items() if c[0] == MARCH_1} == before
    assert value(spoilt, "select reason from recon.days where outcome = 'skipped'") == "disputed"


def test_a_day_that_is_put_back_beside_a_failing_run_has_its_attempts_again(
    spoilt: Connection, another: Open
) -> None:
    spoilt.execute(raising("P1234"))
    reconcile(spoilt)
    assert value(spoilt, "select max(attempts) from recon.days") == 1
    person = another()
    with held(spoilt, another, lambda db: reconcile(db, force=True, to_date=MARCH_1)):
        retrying = in_background(lambda: person.execute("select recon.retry_day('2025-03-01')"))
        wait_for_lock(spoilt, person.info.backend_pid)
    retrying()
    assert (
        value(
            spoilt,
            "select count(*) from recon.days where settlement_date = '2025-03-01' and attempts > 0",
        )
        == 0
    )
    assert MARCH_1 in pending(spoilt)
    spoilt.execute("drop function public.complain cascade")
    reconcile(spoilt, from_date=MARCH_1, to_date=MARCH_1)
    assert value(spoilt, "select outcome from recon.days where settlement_date = '2025-03-01'") == (
        "reconciled"
    )


@pytest.mark.parametrize("decision", ["skip_day('2025-03-01', 'x')", "retry_day('2025-03-01')"])
def test_a_decision_that_waits_for_too_long_names_who_holds_the_day(
    spoilt: Connection, another: Open, decision: str
) -> None:
    person = another()
    with held(spoilt, another, reconcile):
        spoilt.execute("update recon.settings set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable, match=r"in the hands of process \d+"):
            person.execute(f"select recon.{decision}".encode())


def test_race_of_a_pause_and_a_run_over_half_hours(spoilt: Connection, another: Open) -> None:
    with held(spoilt, another, RUNS["critical"]) as running:
        spoilt.execute("select recon.pause('the disk is being moved')")
    running()
    assert value(spoilt, "select outcome from recon.runs order by run_id desc limit 1") == (
        "incomplete"
    )
    repaired = spoilt.execute("select distinct settlement_period from recon.repairs").fetchall()
    assert len(repaired) == 1, "the half hour in hand, and no other"
    assert MARCH_1 in pending(spoilt)


def test_a_pause_within_fix_critical_lets_it_say_what_was_done(
    spoilt: Connection, another: Open
) -> None:
    spoilt.execute("update recon.settings set critical_mwh = 0")
    result: list[Any] = []
    with held(spoilt, another, lambda db: result.append(call(db, "call recon.fix_critical()"))):
        spoilt.execute("select recon.pause('the disk is being moved')")
    assert result[0]["outcome"] == "incomplete"


# ------------------------------------------------------------------------- what is whose fault


def raising(sqlstate: str, times: int = 1_000_000) -> str:
    """A trigger of the platform by which writing a calculation of 1 March fails, so many times."""
    return f"""
    drop sequence if exists public.told;
    create sequence public.told;
    grant usage on sequence public.told to public;
    create or replace function public.complain() returns trigger language plpgsql as $$
    begin
      if new.settlement_date = '2025-03-01' and nextval('public.told') <= {times} then
        raise exception 'said so' using errcode = '{sqlstate}',
          constraint = 'something_is_so', table = 'somewhere', detail = 'Process 1 waits for 2.';
      end if;
      return new;
    end $$;
    create or replace trigger complain before insert or update on historical_bitcoin_calculations
    for each row execute function public.complain();
    """


OF_THE_SERVER = [
    *("53000", "53100", "53200", "53300", "53400"),
    *("57P01", "57P02", "57P03", "57P04", "57P05"),
    *("58000", "58030", "58P01", "58P02", "58P03"),
    *("25006", "08000", "08001", "08006"),
]
OF_OTHERS = ["40001", "40P01", "55P03", "23505", "23503", "23P01", "23001"]
OF_THE_DAY = ["23514", "22003", "P0001", "XX000", "XX001", "XX002", "42P01", "54000", "2F000"]


@pytest.mark.parametrize("verb", ["reconcile", "dates", "critical", "spot fix", "driver"])
@pytest.mark.parametrize("sqlstate", OF_THE_SERVER)
def test_what_the_server_lacks_ends_the_run_and_charges_no_day(
    spoilt: Connection, url: str, sqlstate: str, verb: str
) -> None:
    db = spoilt
    db.execute(raising(sqlstate))
    if verb == "driver":
        with pytest.raises(ReconError) as told:
            drive(url, Plan(patience=0.1))
        assert "recon-kit resume 2" in (told.value.hint or "")
    else:
        with pytest.raises(psycopg.Error, match="said so") as fault:
            RUNS[verb](db)
        assert fault.value.sqlstate == sqlstate
        if verb in ("reconcile", "critical"):
            assert "recon-kit resume 2" in (fault.value.diag.message_hint or "")
    assert value(db, "select count(*) from recon.days where outcome <> 'reconciled'") == 0
    assert value(db, "select count(*) from recon.run_days where outcome = 'failed'") == 0
    assert value(db, "select count(*) from recon.period_failures") == 0
    assert value(db, "select count(*) from recon.events where severity = 'critical'") == 0
    assert MARCH_1 in pending(db)
    db.execute("drop function public.complain cascade")
    if verb in ("reconcile", "critical"):
        assert call(db, "call recon.resume_run(2)")["outcome"] == "complete"
    reconcile(db)
    oracle.assert_consistent(db)


@pytest.mark.parametrize("verb", ["reconcile", "critical", "dates"])
@pytest.mark.parametrize("sqlstate", OF_OTHERS)
def test_what_others_cause_sets_a_day_back_and_is_neither_failure_nor_event(
    spoilt: Connection, sqlstate: str, verb: str
) -> None:
    """Critical tries a half hour three times, and then the day."""
    spoilt.execute(raising(sqlstate, times=3 if verb == "critical" else 2))
    RUNS[verb](spoilt)
    assert value(spoilt, "select count(*) from recon.events where kind = 'day_failed'") == 0
    assert value(spoilt, "select count(*) from recon.period_failures") == 0
    assert MARCH_1 not in pending(spoilt)
    reconcile(spoilt)
    oracle.assert_consistent(spoilt)


@pytest.mark.parametrize("sqlstate", [*OF_OTHERS, *OF_THE_DAY])
def test_what_recurs_is_the_fault_of_the_day_and_names_what_is_in_the_way(
    spoilt: Connection, another: Open, sqlstate: str
) -> None:
    spoilt.execute(raising(sqlstate))
    other = another()
    with other.transaction():
        other.execute("lock table bitcoin_daily_summaries in row share mode")
        assert reconcile(spoilt)["outcome"] == "incomplete"
    failed = call(spoilt, "select * from recon.days where outcome <> 'reconciled'")
    assert (failed["settlement_date"], failed["sqlstate"]) == (MARCH_1, sqlstate)
    assert failed["reason"].startswith("said so; constraint something_is_so of somewhere")
    if sqlstate in ("40P01", "23505"):
        assert "Process 1 waits for 2." in failed["reason"]
    if sqlstate == "55P03":
        assert f"process {other.info.backend_pid} of " in failed["reason"]
    assert pending(spoilt) == [MARCH_1]


def test_a_row_that_appears_meanwhile_sets_the_day_back(db: Connection, another: Open) -> None:
    """The first attempt finds the key taken by a row that it did not see."""
    days(db, MARCH_1)
    db.execute("update recon.settings set lock_timeout = '30 seconds'")
    other, worker = another(), another()
    with other.transaction():
        other.execute(
            "insert into historical_bitcoin_calculations (settlement_date, settlement_period,"
            " farm_id, miner_model, bitcoin_mined, difficulty)"
            " values ('2025-03-01', 2, 'T_FARM-1', 'S9', 1, 1)"
        )
        running = in_background(lambda: reconcile(worker))
        wait_for_lock(db, worker.info.backend_pid)
    assert running()["outcome"] == "complete"
    assert value(db, "select setbacks from recon.run_days") <= 1
    assert value(db, "select count(*) from recon.events where severity <> 'note'") == 0
    reconcile(db)
    oracle.assert_consistent(db)


def test_a_refresh_that_others_hold_up_is_tried_again(db: Connection, another: Open) -> None:
    days(db, MARCH_1)
    db.execute("update recon.settings set lock_timeout = '300ms'")
    other, worker = another(), another()
    with other.transaction():
        other.execute("select * from recon.locks where lock_name = 'summaries' for update")
        running = in_background(lambda: reconcile(worker))
        wait_for_lock(db, worker.info.backend_pid)
        wait_for_lock(db, worker.info.backend_pid)
    assert running()["outcome"] == "complete"
    with other.transaction():
        other.execute("select * from recon.locks where lock_name = 'summaries' for update")
        difficulty(db, MARCH_1, value=1)  # type: ignore[arg-type]
        with pytest.raises(
            psycopg.errors.LockNotAvailable, match=r"process \d+ .*holds"
        ) as held_up:
            reconcile(db)
    assert "recon-kit resume 2" in (held_up.value.diag.message_hint or "")
    assert call(db, "call recon.resume_run(2)")["outcome"] == "complete"
    oracle.assert_consistent(db)


# ---------------------------------------------------------------------------- what is still open


def prune(db: Connection) -> dict[str, int]:
    return {
        row["pruned"]: row["open_rows"]
        for row in db.execute("select * from recon.prune_history('0')")
    }


def test_a_run_is_kept_at_each_moment_until_it_has_ended(db: Connection) -> None:
    days(db, *(MARCH_1 + timedelta(days=n) for n in range(3)))
    run = value(db, "select recon.start_run(null, null, 'recent', false)")
    for _ in range(3):
        assert prune(db)["runs"] == 1
        assert value(db, "select days from recon.reconcile_batch(%s, 1)", run) == 1
    assert prune(db)["runs"] == 1
    assert value(db, "select recon.finish_run(%s)", run) == "complete"
    assert prune(db)["runs"] == 0
    assert value(db, "select count(*) from recon.runs") == 0


def test_a_run_with_days_left_is_kept_until_they_are_seen_to(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    assert reconcile(db, max_batches=1, batch_days=1)["outcome"] == "incomplete"
    assert prune(db)["runs"] == 1
    assert call(db, "call recon.resume_run(1)")["outcome"] == "complete"
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")
    reconcile(db, max_batches=1, batch_days=1)
    kept = prune(db)
    assert (kept["runs"], kept["repairs"]) == (1, 36)
    reconcile(db)
    assert prune(db)["runs"] == 0
    assert value(db, "select count(*) from recon.repairs") == 0


def test_a_run_over_half_hours_is_kept_between_them(db: Connection, another: Open) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")
    db.execute("update recon.settings set lock_timeout = '30 seconds'")
    with held(db, another, RUNS["critical"]):
        assert prune(db)["runs"] == 1
    assert value(db, "select outcome from recon.runs") == "complete"


def test_a_stop_is_kept_until_what_was_said_about_it_is_used(db: Connection) -> None:
    days(db, *(MARCH_1 + timedelta(days=n) for n in range(10)))
    reconcile(db)
    db.execute("truncate curtailment_records")
    with pytest.raises(psycopg.Error, match="stopped"):
        reconcile(db)
    assert prune(db)["runs"] == 1
    db.execute("select recon.confirm(2)")
    assert prune(db)["runs"] == 1
    assert reconcile(db)["outcome"] == "complete"
    assert prune(db)["runs"] == 0


def test_a_sync_a_refusal_and_a_post_are_kept_while_they_are_open(db: Connection) -> None:
    sync = value(db, "select sync_id from recon.start_sync('file:x')")
    assert prune(db)["syncs"] == 1
    items = (
        '[{"item_id": "1", "date_text": "2025-02-02", "difficulty_text": "1e14"},'
        ' {"item_id": "2", "date_text": "2025-02-04", "difficulty_text": "9e16"},'
        ' {"item_id": "3", "date_text": "2025-02-05", "difficulty_text": "1e14"}]'
    )
    db.execute("select recon.add_sync_page(%s, %s, null)", (sync, items))
    assert prune(db)["syncs"] == 1
    db.execute("select * from recon.apply_sync(%s)", (sync,))
    claimed = db.execute("select * from recon.claim_post('note', '1 day', 20)").fetchall()
    open_now = prune(db)
    assert (open_now["syncs"], open_now["refusals"], open_now["events"]) == (0, 1, 2)
    db.execute("select recon.finish_post(%s)", (claimed[0]["post_id"],))
    assert prune(db)["events"] == 0
    db.execute("select * from recon.accept_difficulty('2025-02-04')")
    assert prune(db)["refusals"] == 0
