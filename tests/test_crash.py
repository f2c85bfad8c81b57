"""P5 crash-proof: kill the client, the backend or the server; the next run goes on from there."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial

import psycopg
import pytest

from recon_kit.db import Connection, connect
from recon_kit.local import Server
from recon_kit.migrate import migrate
from tests import oracle
from tests.crashes import STEPS, days_done, start_client
from tests.world import (
    MARCH_1,
    a_month,
    days,
    in_background,
    pending,
    reconcile,
    value,
    wait_for_lock,
)

Open = Callable[[], Connection]


def assert_each_day_was_done_once(db: Connection) -> None:
    twice = db.execute(
        "select settlement_date from recon.run_days where outcome = 'reconciled'"
        " group by settlement_date having count(*) > 1"
    ).fetchall()
    assert twice == []


@pytest.mark.slow
def test_client_killed_again_and_again(db: Connection, url: str) -> None:
    a_month(db)
    done = 0
    for _ in range(4):
        client = start_client(url)
        while client.poll() is None and days_done(db) < done + 3:
            pass
        client.send_signal(signal.SIGKILL)
        client.wait()
        assert days_done(db) >= done + 3, "what was committed before is kept"
        done = days_done(db)
    assert reconcile(db)["outcome"] == "complete"
    assert_each_day_was_done_once(db)
    oracle.assert_consistent(db)


def test_ctrl_c_finishes_the_batches_in_flight_and_exits_130(db: Connection, url: str) -> None:
    a_month(db)
    client = start_client(url)
    while client.poll() is None and days_done(db) < 2:
        pass
    client.send_signal(signal.SIGINT)
    assert client.wait(60) == 130
    run = db.execute("select * from recon.runs").fetchall()
    assert [(r["outcome"], r["finished_at"] is not None) for r in run] == [("incomplete", True)]
    assert pending(db)
    assert reconcile(db)["outcome"] == "complete"
    assert_each_day_was_done_once(db)
    oracle.assert_consistent(db)


@pytest.mark.parametrize("step", STEPS)
def test_backend_terminated_at_each_step_of_a_batch(
    db: Connection, another: Open, url: str, step: str
) -> None:
    """A trigger holds the batch up at that step, and the backend is killed there."""
    days(db, MARCH_1)
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 1")
    db.execute("update bitcoin_daily_summaries set bitcoin_mined = 1")
    before = oracle.stored(db)
    run = value(db, "select recon.start_run(null, null, 'recent', false)")
    table = STEPS[step]
    db.execute(
        "create function public.hold() returns trigger language plpgsql as $$"
        " begin perform pg_advisory_xact_lock(42); return null; end $$;"
        f" create trigger zz_hold after insert or update or delete on {table}"
        " for each statement execute function public.hold()"
    )
    worker, holder = another(), another()
    with holder.transaction():
        holder.execute("select pg_advisory_xact_lock(42)")
        running = in_background(
            lambda: worker.execute("select * from recon.reconcile_batch(%s, 1)", (run,))
        )
        wait_for_lock(db, worker.info.backend_pid)
        db.execute("select pg_terminate_backend(%s)", (worker.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            running()
    db.execute(f"drop trigger zz_hold on {table}")
    assert oracle.stored(db) == before
    assert pending(db) == [MARCH_1]
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)


SLOW = """
create function public.linger() returns trigger language plpgsql
  as $$ begin perform pg_sleep(0.1); return null; end $$;
create trigger linger after insert on historical_bitcoin_calculations
for each statement execute function public.linger();
"""


@pytest.mark.slow
def test_server_stopped_at_once_in_the_middle_of_a_run(durable_server: Server) -> None:
    url = durable_server.url()
    migrate(url)
    with connect(url) as db:
        a_month(db)
        db.execute(SLOW)  # so that a run is not at its end before it is stopped
    done = 0
    for _ in range(3):
        with connect(url) as db, connect(url) as worker:
            running = in_background(partial(reconcile, worker, batch_days=1))
            while days_done(db) < done + 3:
                pass
            durable_server.stop("immediate")
            with pytest.raises(psycopg.OperationalError):
                running()
        durable_server.start()
        with connect(url) as db:
            assert days_done(db) >= done + 3
            done = days_done(db)
            assert_each_day_was_done_once(db)
    with connect(url) as db:
        assert reconcile(db)["outcome"] == "complete"
        assert_each_day_was_done_once(db)
        oracle.assert_consistent(db)
