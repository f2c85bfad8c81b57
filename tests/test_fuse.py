"""The fuse counts while runs write, on every path; a confirmation covers what it showed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from recon_kit.db import Connection
from recon_kit.driver import Plan
from recon_kit.driver import reconcile as drive
from recon_kit.errors import ReconError
from tests import oracle
from tests.world import MARCH_1, reconcile, value

DAYS = [MARCH_1 + timedelta(n) for n in range(40)]
LIMIT = 40 * 12 // 4
"""A quarter of what stands reconciled: 40 days of 2 farms, 2 half hours and 3 models."""


def fill(db: Connection) -> None:
    db.execute(
        "insert into recon.network_difficulties (settlement_date, difficulty)"
        " select d, 7e13 from unnest(%s::date[]) d on conflict do nothing",
        (DAYS,),
    )
    db.execute(
        "insert into curtailment_records (settlement_date, settlement_period, farm_id, volume,"
        " payment) select d, p, 'T_FARM-' || f, -f - p, 0 from unnest(%s::date[]) d,"
        " generate_series(1, 2) p, generate_series(1, 2) f",
        (DAYS,),
    )


@pytest.fixture
def full(db: Connection) -> Connection:
    """Forty reconciled days."""
    fill(db)
    reconcile(db)
    return db


def deleted(db: Connection) -> int:
    """Calculations that are no more."""
    left: int = value(db, "select count(*) from historical_bitcoin_calculations")
    return 40 * 12 - left


def a_run_of_batches(db: Connection, url: str) -> None:
    run = value(db, "select recon.start_run(null, null, 'recent', true)")
    db.execute("select recon.reconcile_batch(%s, 5)", (run,))
    db.execute("truncate curtailment_records")
    while value(db, "select days from recon.reconcile_batch(%s, 1)", run):
        pass
    assert value(db, "select recon.finish_run(%s)", run) == "stopped"
    db.execute("select recon.require_not_stopped(%s)", (run,))


def a_resumed_run(db: Connection, url: str) -> None:
    run = value(db, "select recon.start_run(null, null, 'recent', true)")
    db.execute("truncate curtailment_records")
    db.execute("call recon.resume_run(%s, 1)", (run,))


def a_driver_with_workers(db: Connection, url: str) -> None:
    run = value(db, "select recon.start_run(null, null, 'recent', true)")
    db.execute("truncate curtailment_records")
    drive(url, Plan(resume=run, batch_days=1, workers=2))


def day_by_day(statement: str) -> Callable[[Connection, str], None]:
    def work(db: Connection, url: str) -> None:
        db.execute("truncate curtailment_records")
        db.execute("delete from recon.changes")
        for day in DAYS:
            db.execute(statement.encode(), {"day": day})

    return work


def cell_by_cell(db: Connection, url: str) -> None:
    db.execute("delete from curtailment_records where settlement_period = 1")
    db.execute("delete from recon.changes")
    for day in DAYS:
        for farm in ("T_FARM-1", "T_FARM-2"):
            db.execute("select * from recon.spot_fix(%s, 1, %s)", (day, farm))


PATHS: dict[str, Callable[[Connection, str], None]] = {
    "a run, batch by batch": a_run_of_batches,
    "a run that is resumed": a_resumed_run,
    "the driver, with two workers": a_driver_with_workers,
    "reconcile_date": day_by_day("call recon.reconcile_date(%(day)s)"),
    "reconcile_days": day_by_day("select * from recon.reconcile_days(array[%(day)s]::date[])"),
    "reconcile_critical": day_by_day("call recon.reconcile_critical(%(day)s)"),
    "spot_fix": cell_by_cell,
}


@pytest.mark.parametrize("path", PATHS)
def test_no_path_changes_more_than_the_limit(full: Connection, url: str, path: str) -> None:
    with pytest.raises((psycopg.Error, ReconError)) as refusal:
        PATHS[path](full, url)
    assert getattr(refusal.value, "sqlstate", "RK002") == "RK002"
    told = f"{refusal.value} {getattr(refusal.value, 'hint', '')}"
    assert any(step in told for step in ("recon.confirm", "recon-kit confirm", "confirm it"))
    assert 0 < deleted(full) <= LIMIT + 12


def test_all_days_at_once_in_a_transaction_of_the_callers_are_refused(full: Connection) -> None:
    full.execute("truncate curtailment_records")
    with pytest.raises(psycopg.Error, match="nothing was written") as refusal:
        full.execute("select * from recon.reconcile_days(%s)", (DAYS,))
    assert refusal.value.sqlstate == "RK002"
    assert deleted(full) == 0


def test_a_stop_says_what_is_done_and_what_would_come_and_goes_on_when_confirmed(
    full: Connection, url: str
) -> None:
    with pytest.raises(psycopg.Error, match="of its 40 days are done") as refusal:
        a_resumed_run(full, url)
    assert "stay so" in str(refusal.value)
    assert "0 stale, 0 wrong" in str(refusal.value)
    run = value(full, "select max(run_id) from recon.runs")
    with pytest.raises(psycopg.Error, match="was stopped"):
        full.execute("call recon.resume_run(%s)", (run,))
    full.execute("select recon.confirm(%s)", (run,))
    full.execute("call recon.resume_run(%s)", (run,))
    assert value(full, "select outcome from recon.runs where run_id = %s", run) == "complete"
    assert deleted(full) == 40 * 12
    oracle.assert_consistent(full)


def stopped(db: Connection) -> int:
    with pytest.raises(psycopg.Error, match="was stopped"):
        reconcile(db)
    run: int = value(db, "select max(run_id) from recon.runs where outcome = 'stopped'")
    return run


SINCE = {
    "the source is truncated": "truncate curtailment_records",
    "every difficulty is changed again": "update recon.network_difficulties set difficulty = 3",
    "other days are changed": "update recon.network_difficulties set difficulty = 3"
    " where settlement_date >= '2025-03-21'",
}


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("what", SINCE)
def test_a_confirmation_covers_nothing_that_happened_since(
    full: Connection, what: str, done: bool
) -> None:
    """Confirmed are 20 days with another difficulty."""
    full.execute(
        "update recon.network_difficulties set difficulty = 2 where settlement_date < '2025-03-21'"
    )
    full.execute("select recon.confirm(%s)", (stopped(full),))
    if done:
        assert reconcile(full)["outcome"] == "complete"
    full.execute(SINCE[what].encode())
    stopped(full)


def test_a_confirmation_is_good_for_several_runs(full: Connection) -> None:
    full.execute("truncate curtailment_records")
    full.execute("select recon.confirm(%s)", (stopped(full),))
    for _ in range(4):
        reconcile(full, max_batches=1, batch_days=10)
    assert deleted(full) == 40 * 12


def test_what_was_changed_longer_ago_than_the_window_does_not_count(full: Connection) -> None:
    spot = day_by_day("select * from recon.reconcile_days(array[%(day)s]::date[])")
    with pytest.raises(psycopg.Error, match="fuse"):
        spot(full, "")
    before = deleted(full)
    full.execute("update recon.run_days set damaged_at = damaged_at - interval '2 days'")
    with pytest.raises(psycopg.Error, match="fuse"):
        spot(full, "")
    assert deleted(full) > before


ORDINARY: dict[str, list[str]] = {
    "a difficulty of a week corrected three times": [
        f"update recon.network_difficulties set difficulty = {n}"
        " where settlement_date < '2025-03-10'"
        for n in (2, 3, 4)
    ],
    "rows deleted by hand again and again": 3 * ["delete from historical_bitcoin_calculations"],
    "models that come": [
        f"insert into recon.miner_models values ('S2{n}', 200, 3500)" for n in range(3)
    ],
}


@pytest.mark.parametrize("what", ORDINARY)
def test_ordinary_work_of_a_day_is_not_stopped(full: Connection, what: str) -> None:
    for statement in ORDINARY[what]:
        full.execute(statement.encode())
        assert reconcile(full)["outcome"] == "complete"


def test_a_fuse_of_all_is_off(full: Connection) -> None:
    full.execute("update recon.settings set fuse_share = 1")
    for difficulty in (2, 3):
        full.execute("update recon.network_difficulties set difficulty = %s", (difficulty,))
        assert reconcile(full)["outcome"] == "complete"
