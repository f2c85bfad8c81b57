"""The worker: what becomes pending is reconciled at once, the rest by the clock, until SIGTERM."""

from __future__ import annotations

import errno
import inspect
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from typing import Any

import pytest

from recon_kit.cli.service import JOBS
from recon_kit.cli.service import worker as verb
from recon_kit.db import Connection, connect
from recon_kit.driver import Plan
from recon_kit.errors import ReconError, UsageError
from recon_kit.events import Listener
from recon_kit.local import Server
from recon_kit.migrate import migrate
from recon_kit.notify import Pulse
from recon_kit.webhook import Webhook
from recon_kit.worker import Beside, Job, Worker, jobs_of
from tests import oracle
from tests.commands import client, recon
from tests.proxy import Proxy
from tests.webhook import Receiver
from tests.world import (
    MARCH_1,
    MARCH_2,
    Open,
    days,
    difficulty,
    in_background,
    pending,
    record,
    value,
    wait_for,
    wait_for_any_lock,
)

RUNS_ENDED = """
select exists (select from recon.runs) and not exists (select from recon.pending_days)
  and not exists (select from recon.runs where finished_at is null)
"""

STOPPED = "select count(*) from recon.runs where outcome = 'stopped'"

NEVER: dict[str, str | None] = dict.fromkeys(JOBS)


@contextmanager
def working(url: str, *jobs: Job, listener: Listener | None = None) -> Iterator[Worker]:
    """A worker in the background, stopped at the end."""
    beside = [Beside(listener.run, listener.stop.set)] if listener else []
    worker = Worker(url, Plan(patience=inf), jobs, 0.1, beside)
    result: Callable[[], Any] = in_background(worker.run)
    try:
        yield worker
    finally:
        worker.stop()
        result()


def test_what_becomes_pending_is_reconciled(db: Connection, url: str) -> None:
    with working(url):
        days(db, MARCH_1)
        wait_for(lambda: not pending(db))
        record(db, MARCH_2)
        wait_for(lambda: not pending(db))
        assert value(db, "select outcome from recon.days where settlement_date = %s", MARCH_2) == (
            "blocked"
        )
        difficulty(db, MARCH_2)
        wait_for(
            lambda: value(db, "select count(*) from recon.days where outcome = 'blocked'") == 0
        )
    oracle.assert_consistent(db)


def test_nothing_is_written_while_there_is_nothing_to_do(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    with working(url):
        wait_for(lambda: value(db, "select count(*) from recon.runs where finished_at is not null"))
        looks = "select xact_commit from pg_stat_database where datname = current_database()"
        before = value(db, looks)
        wait_for(lambda: value(db, looks) > before + 20)
    assert value(db, "select count(*) from recon.runs") == 1


def test_one_that_finds_no_work_shows_that_it_lives(
    db: Connection, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recon_kit.worker.QUIET", 0.2)
    days(db, MARCH_1)
    with working(url):
        wait_for(
            lambda: value(db, "select count(*) > 2 from recon.runs where outcome = 'complete'")
        )


def test_while_runs_are_paused_it_waits(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    db.execute("select recon.pause('maintenance')")
    assert value(db, "select recon.has_work()") is False
    with working(url):
        db.execute("select recon.resume()")
        wait_for(lambda: value(db, RUNS_ENDED))
    assert value(db, "select recon.has_work()") is False


def test_it_goes_on_after_lost_connections(db: Connection, url: str) -> None:
    proxy = Proxy(url)
    with working(proxy.url):
        wait_for(lambda: proxy.accepted)
        for day in (MARCH_1, MARCH_2):
            proxy.cut()
            days(db, day)
            wait_for(lambda: not pending(db))
    proxy.close()
    oracle.assert_consistent(db)


@pytest.mark.slow
def test_it_goes_on_after_a_restart_of_the_server(durable_server: Server) -> None:
    url = durable_server.url()
    migrate(url)
    with working(url):
        durable_server.stop("immediate")
        durable_server.start()
        with connect(url) as db:
            days(db, MARCH_1)
            wait_for(lambda: value(db, RUNS_ENDED), 60)
            oracle.assert_consistent(db)


def test_sigterm_lets_the_batch_in_flight_end(db: Connection, url: str, another: Open) -> None:
    days(db, MARCH_1)
    holder = another()
    holder.execute("begin")
    holder.execute("lock table historical_bitcoin_calculations in share mode")
    with client(url, "worker", "--sync-at", "never", "--workers", "1") as process:
        wait_for_any_lock(db)
        process.send_signal(signal.SIGTERM)
        holder.execute("commit")
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert b"worker stopped" in said
    assert pending(db) == []
    assert value(db, "select outcome from recon.runs") == "complete"


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket at which systemd listens, in the folder of the test."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(20)
        yield listening


def told(systemd: socket.socket) -> bytes:
    return systemd.recv(100)


def is_silent(systemd: socket.socket) -> bool:
    """Whether no sign comes, but for those that are on their way."""
    systemd.settimeout(0)
    with suppress(BlockingIOError):
        while told(systemd):
            pass
    systemd.settimeout(3)
    try:
        return not told(systemd)
    except TimeoutError:
        return True


def test_systemd_is_told_that_it_is_ready_and_goes_on_and_nothing_by_one_that_is_stopped(
    db: Connection, url: str, another: Open, systemd: socket.socket
) -> None:
    days(db, MARCH_1)
    holder = another()
    holder.execute("begin; lock table historical_bitcoin_calculations in share mode")
    notify = systemd.getsockname()
    with client(url, "worker", "--sync-at", "never", NOTIFY_SOCKET=notify) as process:
        assert told(systemd) == b"READY=1"
        wait_for_any_lock(db)
        assert not is_silent(systemd), "it waits for a server that answers"
        holder.execute("commit")
        wait_for(lambda: not pending(db))
        assert told(systemd) == b"WATCHDOG=1"
        process.send_signal(signal.SIGSTOP)
        assert is_silent(systemd)
        process.send_signal(signal.SIGCONT)
        assert not is_silent(systemd)


def test_systemd_is_told_nothing_by_one_that_hangs(
    url: str, systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, goes_on = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        hangs.set()
        goes_on.wait()

    monkeypatch.setenv("NOTIFY_SOCKET", systemd.getsockname())
    with working(url):
        assert told(systemd) == b"READY=1"
        assert not is_silent(systemd)
        monkeypatch.setattr("recon_kit.worker.value", hang)
        assert hangs.wait(20)
        assert is_silent(systemd)
        monkeypatch.undo()
        goes_on.set()


def test_one_that_cannot_tell_systemd_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it may open no socket, or that of systemd is not there."""
    monkeypatch.setenv("NOTIFY_SOCKET", "/absent/notify")
    Pulse().beat()

    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "socket", refuse)
    Pulse().beat()


def test_the_verb_looks_for_work_as_often_as_a_worker_does_by_itself() -> None:
    ours, its = (inspect.signature(each).parameters["interval"] for each in (verb, Worker))
    assert ours.default == its.default


def test_two_workers_do_no_harm(db: Connection, url: str) -> None:
    with working(url), working(url):
        days(db, *(MARCH_1.replace(day=day) for day in range(1, 11)))
        wait_for(lambda: not pending(db))
    oracle.assert_consistent(db)


def test_jobs_are_done_by_the_clock(db: Connection, url: str) -> None:
    """At each second, where a real one has minutes."""
    done: list[str] = []

    def fail() -> None:
        done.append("failed")
        raise ReconError("it cannot be done", "Do it by hand.")

    with working(
        url,
        Job("well", "* * * * * *", lambda: done.append("well")),
        Job("ill", "* * * * * *", fail),
    ):
        wait_for(lambda: done.count("well") > 1 and done.count("failed") > 1)


def test_a_job_that_waits_holds_up_neither_another_nor_the_end(
    db: Connection, url: str, another: Open
) -> None:
    done: list[str] = []
    another().execute("begin; lock table recon.events in share mode")
    (waiting,) = jobs_of(url, {**NEVER, "recon weekly analysis": "* * * * * *"}, {})
    with working(url, waiting, Job("other", "* * * * * *", lambda: done.append("done"))):
        wait_for_any_lock(db)
        before = len(done)
        wait_for(lambda: len(done) > before)


def test_the_schedule_is_that_of_pg_cron(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    db.execute("select recon.set_job_time('recon alerts', '1 2 3 4 5')")
    synced: list[str] = []
    sync = {"recon sync": (lambda: synced.append("sync"), lambda: None)}
    jobs = jobs_of(url, {"recon daily check": "11 6 * * *", "recon scrub": None}, sync)
    assert {job.name: job.schedule for job in jobs} == {
        "recon alerts": "1 2 3 4 5",
        "recon daily check": "11 6 * * *",
        "recon inspect source": "35 * * * *",
        "recon prune history": "50 4 * * 0",
        "recon sync": "15 * * * *",
        "recon verify month": "20 3 1 * *",
        "recon weekly analysis": "0 7 * * 1",
    }
    for job in jobs_of(url, {}, sync):
        job.work()
    assert synced == ["sync"]
    db.execute("select recon.set_job_time('recon alerts', '99 * * * *')")
    assert "recon alerts" not in {job.name for job in jobs_of(url, {}, sync)}, "and it is logged"
    with pytest.raises(UsageError, match="99"):
        jobs_of(url, {"recon alerts": "99 * * * *"}, sync)
    assert value(db, "select count(*) from recon.events where kind = 'weekly_analysis'") == 1


@pytest.mark.parametrize("schedule", ["nonsense", "61 * * * *", "0 0 30 2 *", ""])
def test_a_time_that_no_clock_shows_is_refused(schedule: str, url: str) -> None:
    done = recon("worker", "--sync-at", schedule, url=url)
    assert done.returncode == 2, done.stderr
    assert f"recon sync is to run at {schedule!r}" in done.stderr


def test_it_posts_events_too(db: Connection, url: str) -> None:
    receiver = Receiver()
    listener = Listener(url, lambda _: None, Webhook(receiver.url))
    with working(url, listener=listener):
        record(db)
        assert receiver.next()[1]["events"][0]["kind"] == "day_blocked"
    receiver.close()


def test_a_run_that_the_fuse_stopped_is_not_tried_again_at_once(db: Connection, url: str) -> None:
    days(db, *(MARCH_1.replace(day=day) for day in range(1, 9)))
    with client(url, "worker", "--sync-at", "never") as process:
        wait_for(lambda: not pending(db))
        db.execute("truncate curtailment_records")
        assert process.stderr is not None
        failed = next(line for line in process.stderr if b"run failed" in line)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert b"next_try_in_seconds=60" in failed
    assert process.returncode == 0
    assert value(db, STOPPED) == 1


def test_a_bad_time_is_said_before_anything_is_done() -> None:
    with pytest.raises(UsageError):
        Job("well", "* * *", lambda: None)
