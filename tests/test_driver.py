"""The driver copes: with lost connections, an outage, locks, deadlocks, Ctrl-C and a kill."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from psycopg_pool import PoolTimeout

from recon_kit.db import Connection, connect
from recon_kit.driver import Plan, reconcile
from recon_kit.errors import ReconError
from recon_kit.local import Server
from recon_kit.migrate import migrate
from recon_kit.pool import is_passing
from tests import oracle, world
from tests.commands import client, recon
from tests.proxy import Proxy
from tests.world import (
    MARCH_1,
    MARCH_2,
    Open,
    a_month,
    days,
    in_background,
    pending,
    record,
    value,
    wait_for,
    wait_for_any_lock,
)

MARCH_3 = date(2025, 3, 3)


@pytest.fixture
def proxy(url: str) -> Iterator[Proxy]:
    made = Proxy(url)
    yield made
    made.close()


def day_results(db: Connection) -> dict[date, str]:
    found = db.execute("select settlement_date, result from recon.day_results order by run_id")
    return {row["settlement_date"]: row["result"] for row in found}


# --------------------------------------------------------------------------- the way to the server
def test_connections_cut_in_a_run_are_opened_again(db: Connection, proxy: Proxy) -> None:
    a_month(db)
    batches = 0

    def cut(_: Any) -> None:
        nonlocal batches
        batches += 1
        if batches in (3, 9, 15):
            proxy.cut()

    run = reconcile(proxy.url, Plan(batch_days=1, workers=2), on_batch=cut)
    assert run.outcome == "complete"
    assert (run.days["fixed"], run.days["no_data"]) == (28, 2)
    oracle.assert_consistent(db)


@pytest.mark.slow
def test_an_outage_opens_the_circuit_and_the_run_goes_on_after_it(
    db: Connection, proxy: Proxy
) -> None:
    a_month(db)

    with client(proxy.url, "reconcile", "--batch-days", "1", "--workers", "2") as process:
        assert process.stderr is not None
        said: list[str] = []
        for raw in process.stderr:
            said.append(raw.decode())
            if "batch committed" in said[-1] and not proxy.refuses and len(said) < 10:
                proxy.refuses = True
                proxy.cut()
            if "circuit opened" in said[-1]:
                proxy.refuses = False
        process.wait(timeout=60)
    text = "".join(said)
    assert process.returncode == 0, text
    for event in ("circuit opened", "circuit closed", "run ended"):
        assert event in text
    assert "error connecting" in text
    assert all("run_id=1" in line for line in said if "level=" in line)
    oracle.assert_consistent(db)


def test_an_outage_beyond_patience_ends_the_run_and_keeps_what_was_done(
    db: Connection, proxy: Proxy
) -> None:
    a_month(db)

    def gone(_: Any) -> None:
        proxy.refuses = True
        proxy.cut()

    with pytest.raises(ReconError, match="the database was gone for too long") as caught:
        reconcile(proxy.url, Plan(batch_days=1, patience=1), on_batch=gone)
    assert caught.value.hint is not None
    assert len(pending(db)) == 29
    assert world.reconcile(db)["outcome"] == "complete"


@pytest.mark.slow
def test_a_server_restarted_in_a_run_is_waited_for(durable_server: Server) -> None:
    url = durable_server.url()
    migrate(url)
    with connect(url) as db:
        a_month(db)
    begun, restarted = threading.Event(), threading.Event()

    def pause(_: Any) -> None:
        begun.set()
        restarted.wait()

    running = in_background(lambda: reconcile(url, Plan(batch_days=1, workers=2), on_batch=pause))
    begun.wait()
    durable_server.stop("immediate")
    durable_server.start()
    restarted.set()
    assert running().outcome == "complete"
    with connect(url) as db:
        oracle.assert_consistent(db)


def test_a_password_that_is_wrong_is_not_waited_for(url: str) -> None:
    done = recon("reconcile", url=f"{url} dbname=nowhere")
    assert done.returncode == 1
    assert "nowhere" in done.stderr


# ------------------------------------------------------------------------------- errors that pass
def damaged(db: Connection) -> None:
    """Three days, every value of which is wrong."""
    days(db, MARCH_1, MARCH_2, MARCH_3)
    world.reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")


def hold(session: Connection, day: date) -> None:
    """Keeps a day from being repaired, until the session ends its transaction."""
    if session.info.transaction_status == TransactionStatus.IDLE:
        session.autocommit = False
    session.execute(
        "select from historical_bitcoin_calculations where settlement_date = %s for update",
        (day,),
    )


def test_a_day_whose_lock_comes_free_is_set_back_and_fixed(
    db: Connection, url: str, another: Open
) -> None:
    damaged(db)
    db.execute("update recon.settings set lock_timeout = '200 milliseconds'")
    holder = another()
    seen = []

    def note(batch: Any) -> None:
        seen.append(batch)
        if batch.wait:
            holder.rollback()

    hold(holder, MARCH_2)
    run = reconcile(url, Plan(order_by="oldest"), on_batch=note)
    assert run.outcome == "complete"
    assert [(batch.days, batch.wait is None) for batch in seen] == [(1, False), (2, True)]
    assert value(db, "select max(setbacks) from recon.run_days") == 1
    oracle.assert_consistent(db)


def test_a_lock_that_stays_fails_its_day_at_the_third_attempt(
    db: Connection, another: Open
) -> None:
    damaged(db)
    db.execute("update recon.settings set lock_timeout = '50 milliseconds'")
    holder = another()
    hold(holder, MARCH_2)
    run = world.reconcile(db, order_by="oldest")
    holder.rollback()
    assert run["outcome"] == "incomplete"
    assert "2 fixed, 1 failed" in run["message"]
    assert value(db, "select sqlstate from recon.days where outcome = 'failed'") == "55P03"
    assert value(db, "select max(setbacks) from recon.run_days") == 2
    assert pending(db) == [MARCH_2]


def test_a_deadlock_sets_the_day_back_and_it_is_fixed(
    db: Connection, url: str, another: Open
) -> None:
    damaged(db)
    db.execute("update recon.settings set lock_timeout = '1 minute'")
    other = another()
    hold(other, MARCH_2)
    running = in_background(lambda: reconcile(url, Plan(order_by="oldest")))
    wait_for_any_lock(db)
    other.execute("set deadlock_timeout = '1h'")
    # The batch holds the first day and waits for the second; this waits for the first.
    hold(other, MARCH_1)
    other.rollback()
    assert running().outcome == "complete"
    assert value(db, "select max(setbacks) from recon.run_days") == 1
    oracle.assert_consistent(db)


def test_a_statement_timeout_that_others_used_up_is_not_held_against_a_day(
    db: Connection, another: Open
) -> None:
    days(db, *(MARCH_1 + timedelta(days=n) for n in range(6)))
    db.execute("update recon.settings set batch_time = '1 hour'")
    db.execute(
        "create function slow() returns trigger language plpgsql as"
        " 'begin perform pg_sleep(0.15); return null; end';"
        "create trigger slow after insert on historical_bitcoin_calculations"
        " execute function slow()"
    )
    run = value(db, "select recon.start_run(null, null, 'oldest', false)")
    db.execute("set statement_timeout = '400 ms'")
    with db.transaction():
        first = db.execute("select * from recon.reconcile_batch(%s, 10)", (run,)).fetchone()
    assert first is not None
    assert first["failed"] == 0
    assert 1 <= first["days"] <= 2
    assert value(db, "select count(*) from recon.days where outcome = 'failed'") == 0


def test_a_bug_fails_its_day_at_once(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    db.execute(
        "create function bug() returns trigger language plpgsql as"
        " 'begin perform 1 / (extract(day from new.settlement_date) - 1)::integer;"
        " return new; end';"
        "create trigger bug before insert on historical_bitcoin_calculations"
        " for each row execute function bug()"
    )
    run = world.reconcile(db)
    assert "1 fixed, 1 failed" in run["message"]
    found = db.execute("select sqlstate, setbacks from recon.day_results where result = 'failed'")
    assert found.fetchall() == [{"sqlstate": "22012", "setbacks": 0}]


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (psycopg.errors.DeadlockDetected, True),
        (psycopg.errors.SerializationFailure, True),
        (psycopg.errors.LockNotAvailable, True),
        (psycopg.errors.AdminShutdown, True),
        (psycopg.errors.CrashShutdown, True),
        (psycopg.errors.ConnectionFailure, True),
        (psycopg.errors.TooManyConnections, True),
        (psycopg.OperationalError, True),
        (PoolTimeout, True),
        (psycopg.errors.QueryCanceled, False),
        (psycopg.errors.DivisionByZero, False),
        (psycopg.errors.UniqueViolation, False),
        (psycopg.errors.UndefinedFunction, False),
        (psycopg.errors.DiskFull, False),
        (psycopg.errors.InvalidPassword, False),
        (ValueError, False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: type[Exception], passes: bool) -> None:
    assert is_passing(error()) == passes


def test_a_batch_ends_when_its_time_is_up(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2, MARCH_3)
    db.execute("update recon.settings set batch_time = '1 microsecond'")
    run = value(db, "select recon.start_run(null, null, 'oldest', false)")
    assert value(db, "select days from recon.reconcile_batch(%s, 10)", run) == 1
    db.execute("update recon.settings set batch_time = '1 hour'")
    assert value(db, "select days from recon.reconcile_batch(%s, 10)", run) == 2


# ------------------------------------------------------------------------------- Ctrl-C and kills
def held(db: Connection, another: Open) -> Connection:
    """A session that keeps the second of three damaged days from being repaired."""
    damaged(db)
    db.execute("update recon.settings set lock_timeout = '1 minute'")
    holder = another()
    hold(holder, MARCH_2)
    return holder


def test_ctrl_c_ends_after_the_batch_in_flight(db: Connection, url: str, another: Open) -> None:
    holder = held(db, another)
    with client(
        url, "reconcile", "--order-by", "oldest", "--batch-days", "2", "--workers", "1"
    ) as process:
        wait_for_any_lock(db)
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
        holder.rollback()
        assert process.wait(timeout=30) == 130
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert "interrupted. Run 2: 2 of 3 days done" in said
    assert "recon-kit resume 2" in said
    assert pending(db) == [MARCH_3]
    resumed = recon("resume", "2", url=url)
    assert resumed.returncode == 0, resumed.stderr
    assert "run 2 complete. 3 of 3 days done" in resumed.stdout
    again = recon("resume", "2", url=url)
    assert (again.returncode, "nothing is left of run 2" in again.stderr) == (2, True)
    other = recon("resume", "99", url=url)
    assert (other.returncode, "there is no run 99" in other.stderr) == (2, True)


def test_ctrl_c_twice_ends_now_and_undoes_the_batch_in_flight(
    db: Connection, url: str, another: Open
) -> None:
    holder = held(db, another)
    with client(url, "reconcile", "--order-by", "oldest", "--workers", "1") as process:
        wait_for_any_lock(db)
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert "the batches in flight were undone" in said
    assert pending(db) == [MARCH_1, MARCH_2, MARCH_3]
    holder.rollback()
    assert recon("reconcile", url=url).returncode == 0
    oracle.assert_consistent(db)


def test_a_dead_workers_batch_is_taken_over(db: Connection, url: str, another: Open) -> None:
    holder = held(db, another)
    running = in_background(
        lambda: reconcile(url, Plan(order_by="oldest", workers=2, batch_days=1))
    )
    wait_for_any_lock(db)
    db.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where wait_event_type = 'Lock' and application_name = 'recon-kit'"
        " and datname = current_database()"
    )
    holder.rollback()
    assert running().outcome == "complete"
    oracle.assert_consistent(db)


def test_a_killed_run_is_resumed_in_sql(db: Connection, url: str, another: Open) -> None:
    holder = held(db, another)
    with client(url, "reconcile", "--order-by", "oldest", "--batch-days", "1") as process:
        wait_for_any_lock(db)
        process.kill()
        process.wait()
    holder.rollback()
    wait_until_alone(db)
    ended = db.execute("call recon.resume_run(run_id => 2)").fetchone()
    assert ended is not None
    assert ended["outcome"] == "complete"
    assert set(day_results(db).values()) == {"fixed"}
    oracle.assert_consistent(db)


def wait_until_alone(db: Connection) -> None:
    """Returns once no backend of a killed client is left."""
    for _ in range(20_000):
        others = value(
            db,
            "select count(*) from pg_stat_activity where pid <> pg_backend_pid()"
            " and datname = current_database() and state <> 'idle'",
        )
        if others == 0:
            return
    raise AssertionError("the killed client's backend is still there")


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_any_number_of_workers_ends_in_the_same_rows(
    db: Connection, url: str, workers: int
) -> None:
    a_month(db)
    run = reconcile(url, Plan(batch_days=2, workers=workers))
    assert run.outcome == "complete"
    assert run.days["fixed"] == 28
    oracle.assert_consistent(db)


# ----------------------------------------------------------------------------- what a run is called
def test_each_day_has_a_word_for_what_was_done(db: Connection) -> None:
    april = [date(2025, 4, n) for n in range(1, 6)]
    days(db, *april)
    record(db, MARCH_1)
    world.reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0"
               " where settlement_date = %s", (april[0],))  # fmt: skip
    db.execute("delete from curtailment_records where settlement_date = %s", (april[1],))
    db.execute("delete from historical_bitcoin_calculations where settlement_date = %s",
               (april[1],))  # fmt: skip
    db.execute("alter table curtailment_records drop constraint settlement_period_is_1_to_50")
    record(db, april[2], 51)
    db.execute("delete from historical_bitcoin_calculations where settlement_date = %s"
               " and settlement_period = 1", (april[2],))  # fmt: skip
    run = world.reconcile(db, force=True)
    assert day_results(db) == {
        MARCH_1: "blocked",
        april[0]: "fixed",
        april[1]: "no_data",
        april[2]: "partially_fixed",
        april[3]: "fully_reconciled",
        april[4]: "fully_reconciled",
    }
    assert "2 fully_reconciled, 1 fixed, 1 partially_fixed, 1 blocked, 1 no_data" in run["message"]


# --------------------------------------------------------------------------------- looking and logs
def test_runs_are_listed_and_inspected(db: Connection, url: str) -> None:
    assert "no run yet" in recon("runs", url=url).stdout
    days(db, MARCH_1, MARCH_2)
    recon("reconcile", url=url)
    listed = json.loads(recon("runs", "--json", url=url).stdout)
    assert [(run["run_id"], run["outcome"]) for run in listed] == [(1, "complete")]
    shown = json.loads(recon("runs", "1", "--json", url=url).stdout)
    assert shown["planned_days"] == 2
    assert {day["result"] for day in shown["days"]} == {"fixed"}
    nobody = recon("runs", "7", url=url)
    assert (nobody.returncode, "there is no run 7" in nobody.stderr) == (2, True)
    assert "2025-03-02" in recon("runs", "1", url=url).stdout


def test_a_day_has_the_same_word_in_the_list_of_runs_and_in_the_run(
    db: Connection, url: str
) -> None:
    days(db, MARCH_1)
    record(db, MARCH_1, 49)
    record(db, MARCH_2)
    world.reconcile(db)
    undone, one = recon("runs", url=url).stdout, recon("runs", "1", url=url).stdout
    assert "1 partially_fixed, 1 blocked" in undone
    assert re.findall("2025-03-0[12] +([a-z_]+)", one) == ["partially_fixed", "blocked"]


def test_a_run_is_watched_to_its_end_from_elsewhere(
    db: Connection, url: str, another: Open
) -> None:
    holder = held(db, another)
    with client(url, "reconcile", "--order-by", "oldest", "--batch-days", "1"):
        wait_for_any_lock(db)
        with client(url, "watch", "--interval", "0.1", terminal=True, COLUMNS="120") as watcher:
            with pytest.raises(subprocess.TimeoutExpired):
                watcher.wait(timeout=1)
            holder.rollback()
            assert watcher.wait(timeout=30) == 0
            assert watcher.stdout is not None
            assert "run 2 complete. 3 of 3 days done" in watcher.stdout.read().decode()


def test_a_run_that_has_not_begun_is_waited_for(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    with client(url, "watch", "--interval", "0.1", terminal=True, COLUMNS="120") as watcher:
        wait_for(
            lambda: value(
                db,
                "select count(*) from pg_stat_activity"
                " where pid <> pg_backend_pid() and query like '%%max(r.run_id)%%'",
            )
        )
        recon("reconcile", url=url)
        assert watcher.wait(timeout=30) == 0
        assert watcher.stdout is not None
        assert "run 1 complete. 1 of 1 days done" in watcher.stdout.read().decode()


def test_the_log_has_the_run_in_every_line_and_no_secret(
    db: Connection, url: str, tmp_path: Path
) -> None:
    days(db, MARCH_1, MARCH_2)
    file = tmp_path / "logs" / "reconciliation.log"
    secret = "correct-horse"
    done = recon(
        "reconcile", "--batch-days", "1", "-v", "--log-file", str(file),
        url=f"{url} password={secret} application_name={secret}",
        AWS_SECRET_ACCESS_KEY="battery-staple",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = file.read_text().splitlines()
    assert len(lines) >= 4
    assert all("run_id=1" in line for line in lines)
    assert lines[0].startswith("timestamp=20")
    assert secret not in file.read_text() + done.stderr
    assert file.read_text() == done.stderr


def test_quiet_is_quiet_and_a_log_that_cannot_be_written_says_so(
    db: Connection, url: str, tmp_path: Path
) -> None:
    record(db, MARCH_1)
    done = recon("reconcile", "--quiet", url=url)
    assert (done.returncode, done.stderr) == (3, "")
    assert "1 blocked" in done.stdout
    refused = recon("reconcile", "--log-file", str(tmp_path), url=url)
    assert refused.returncode == 2
    assert str(tmp_path) in refused.stderr
