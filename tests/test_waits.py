"""Nothing waits for ever: peers that refuse, stall, drip, never end or vanish are given up."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from recon_kit import aws, dynamodb
from recon_kit.cli import alerts
from recon_kit.cli.common import until_signalled
from recon_kit.cli.service import _sync
from recon_kit.db import Connection, connect, options_for
from recon_kit.deadline import within
from recon_kit.difficulty import sync_dynamodb
from recon_kit.driver import Plan, reconcile
from recon_kit.errors import ReconError
from recon_kit.pool import is_lost, reach
from recon_kit.session import SilentServerError
from recon_kit.settings import Settings
from recon_kit.webhook import Webhook
from recon_kit.worker import Job, Worker
from tests import oracle
from tests.commands import PROCESSES, client, recon
from tests.peers import MISBEHAVIOURS, Peer
from tests.proxy import Proxy
from tests.world import (
    MARCH_1,
    Open,
    a_month,
    days,
    in_background,
    pending,
    record,
    value,
    wait_for,
)

pytestmark = pytest.mark.client

Break = Callable[[Proxy], None]


def refuse(proxy: Proxy) -> None:
    proxy.refuses = True
    proxy.cut()


BREAKS: dict[str, Break] = {
    "refuses": refuse,
    "stalls": lambda proxy: setattr(proxy, "stalls", True),
    "drips": lambda proxy: setattr(proxy, "drips", True),
    "vanishes": lambda proxy: proxy.close(),
}
"""What can become of the way to the server."""


@pytest.fixture
def proxy(url: str) -> Iterator[Proxy]:
    made = Proxy(url)
    yield made
    made.close()


@contextmanager
def ending_within(seconds: float) -> Iterator[None]:
    """A block that has to end in this time; what it raises is passed on."""
    before = time.monotonic()
    try:
        yield
    finally:
        took = time.monotonic() - before
        assert took < seconds, f"it took {took:.1f} s"


def hasty(url: str) -> str:
    """The same place, where silence is noticed soon."""
    return make_conninfo(url, connect_timeout=2)


# ----------------------------------------------------------------------------------- a connection
@pytest.mark.parametrize("how", MISBEHAVIOURS)
def test_a_server_that_does_not_behave_is_not_signed_in_to_for_ever(how: str) -> None:
    with Peer(how) as peer, ending_within(6), pytest.raises(ReconError) as caught:
        connect(f"postgresql://u@127.0.0.1:{peer.port}/x?connect_timeout=2&sslmode=disable")
    assert caught.value.hint


def test_whoever_polls_is_told_soon_that_the_server_is_silent(
    db: Connection, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    days(db, MARCH_1)
    monkeypatch.setattr(alerts, "SECONDS_TO_POLL", 1.0)
    context: Any = SimpleNamespace(obj=Settings(database_url=proxy.url))
    assert alerts._poll(context, "alerts")
    monkeypatch.setattr(alerts, "value", lambda *_: setattr(proxy, "stalls", True))
    with ending_within(4), pytest.raises(ReconError, match="does not answer any more"):
        alerts._poll(context, "alerts")


def test_the_time_to_connect_is_one_for_all_hosts() -> None:
    with Peer("stalls") as one, Peer("drips") as two, Peer("stalls") as three:
        ports = ",".join(str(peer.port) for peer in (one, two, three))
        hosts = ",".join(["127.0.0.1"] * 3)
        with ending_within(5), pytest.raises(ReconError, match="not answered within 3 s"):
            connect(f"host={hosts} port={ports} connect_timeout=3 user=u dbname=x")


def test_what_the_url_says_of_waiting_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert options_for("host=x")["connect_timeout"] == 10
    assert options_for("host=x connect_timeout=25")["connect_timeout"] == 25
    assert options_for("host=x keepalives_idle=99")["keepalives_idle"] == "99"
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "7")
    assert options_for("host=x")["connect_timeout"] == 7
    assert recon("status", url="host=x connect_timeout=soon").returncode == 2


@pytest.mark.parametrize("how", BREAKS)
def test_a_statement_whose_server_goes_silent_is_given_up(how: str, proxy: Proxy) -> None:
    with connect(hasty(proxy.url)) as connection:
        threading.Timer(0.3, BREAKS[how], [proxy]).start()
        with ending_within(10), pytest.raises(psycopg.OperationalError) as caught:
            connection.execute("select pg_sleep(60)")
        assert is_lost(caught.value)
        assert connection.closed


def test_a_statement_whose_answer_is_lost_on_the_way_is_given_up(proxy: Proxy) -> None:
    with connect(hasty(proxy.url)) as connection:
        connection.execute("select 1")
        proxy.forget()
        with ending_within(12), pytest.raises(SilentServerError):
            connection.execute("select 1")


def test_a_statement_may_take_as_long_as_it_takes(proxy: Proxy) -> None:
    with connect(proxy.url) as connection:
        connection.quiet = 0.2
        assert connection.execute("select pg_sleep(4), 7 as n").fetchone()["n"] == 7  # type: ignore[index]
        assert proxy.accepted > 3, "it was asked whether somebody is there"


def test_a_server_that_takes_no_more_connections_is_there(db: Connection, url: str) -> None:
    db.execute("create role guest login connection limit 1")
    with connect(make_conninfo(url, user="guest")) as connection:
        connection.quiet = 0.2
        connection.execute("select pg_sleep(3)")


# ------------------------------------------------------------------------------------------ a run
@pytest.mark.parametrize("how", BREAKS)
def test_a_run_ends_when_its_patience_does(how: str, db: Connection, proxy: Proxy) -> None:
    a_month(db)
    broken: list[Any] = []

    def breaks(_: Any) -> None:
        if not broken:
            broken.append(BREAKS[how](proxy))

    with ending_within(20), pytest.raises(ReconError):
        reconcile(proxy.url, Plan(batch_days=1, workers=2, patience=3), on_batch=breaks)
    assert 20 < len(pending(db)) < 31
    wait_for(lambda: value(db, LOCKS_HELD) == 0, 90)
    reconcile_all(db)


LOCKS_HELD = """
select count(*) from pg_stat_activity
where application_name = 'recon-kit' and pid <> pg_backend_pid()
  and datname = current_database() and xact_start is not null
"""


def reconcile_all(db: Connection) -> None:
    db.execute("call recon.reconcile()")
    oracle.assert_consistent(db)


def test_a_run_goes_on_after_a_stall(db: Connection, proxy: Proxy) -> None:
    a_month(db)
    stalled: list[float] = []

    def stall(_: Any) -> None:
        if not stalled:
            stalled.append(time.monotonic())
            proxy.stalls = True
            threading.Timer(6, setattr, [proxy, "stalls", False]).start()

    run = reconcile(hasty(proxy.url), Plan(batch_days=1, workers=2, patience=60), on_batch=stall)
    assert run.outcome == "complete"
    oracle.assert_consistent(db)


def test_the_transaction_of_a_client_that_is_gone_is_ended(db: Connection) -> None:
    days(db, MARCH_1)
    with db.transaction():
        db.execute("select recon.start_run(null, null, 'recent', false)")
        shown = db.execute("show idle_in_transaction_session_timeout").fetchone()
        assert shown == {"idle_in_transaction_session_timeout": "1min"}
    after = db.execute("show idle_in_transaction_session_timeout").fetchone()
    assert after != shown


def test_a_server_that_is_away_at_the_start_of_a_run_is_waited_for(
    db: Connection, proxy: Proxy
) -> None:
    days(db, MARCH_1)
    proxy.refuses = True
    with client(proxy.url, "reconcile", RECON_PATIENCE="60") as process:
        assert process.stderr is not None
        assert b"waiting for the database" in process.stderr.readline()
        proxy.refuses = False
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert not pending(db)


@pytest.mark.parametrize("how", MISBEHAVIOURS)
def test_it_is_waited_for_as_long_as_the_patience_lasts(how: str) -> None:
    with Peer(how) as peer, ending_within(9), pytest.raises(ReconError):
        reach(f"postgresql://u@127.0.0.1:{peer.port}/x?connect_timeout=2&sslmode=disable", 3)


def test_who_does_not_drive_a_run_is_told_at_once(proxy: Proxy) -> None:
    proxy.close()
    with ending_within(40):
        done = recon("status", url=proxy.url, RECON_PATIENCE="60")
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr


@pytest.mark.parametrize("how", ["stalls", "drips", "refuses"])
@pytest.mark.parametrize(
    "verb", [["worker", "--interval", "0.1"], ["listen"], ["watch"], ["reconcile"]], ids=" ".join
)
def test_sigterm_ends_what_waits_for_a_silent_server(
    verb: list[str], how: str, db: Connection, another: Open, proxy: Proxy
) -> None:
    days(db, MARCH_1)
    holder = another()
    holder.execute("begin")
    holder.execute("lock table recon.runs in access exclusive mode")
    with client(proxy.url, *verb) as process:
        wait_for(lambda: value(db, SIGNED_IN) > 1)
        time.sleep(1)
        BREAKS[how](proxy)
        process.send_signal(signal.SIGTERM)
        with ending_within(12):
            process.communicate(timeout=30)
    holder.execute("rollback")


SIGNED_IN = """
select count(*) from pg_stat_activity
where left(application_name, 9) = 'recon-kit' and pid <> pg_backend_pid()
  and datname = current_database()
"""


# ----------------------------------------------------------------------------------- a deadline
def test_work_is_waited_for_no_longer_than_its_deadline() -> None:
    assert within(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)
    late: list[int] = []

    def slowly() -> int:
        time.sleep(0.5)
        return 7

    with ending_within(1), pytest.raises(TimeoutError):
        within(0.1, slowly, late=late.append)
    wait_for(lambda: late == [7])
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    with ending_within(1), pytest.raises(TimeoutError):
        within(60, lambda: time.sleep(2), is_wanted=lambda: not stop.is_set())


# ------------------------------------------------------------------------------------- a webhook
BEGINNINGS = {
    "at once": b"",
    "after the status": b"HTTP/1.1 200 OK\r\nX-A: ",
    "after the headers": b"HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\n\r\n",
    "after a redirect": b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
}


@pytest.mark.parametrize("start", BEGINNINGS)
@pytest.mark.parametrize("how", MISBEHAVIOURS)
def test_a_receiver_that_does_not_behave_is_given_up(how: str, start: str) -> None:
    with Peer(how, BEGINNINGS[start]) as peer:
        webhook = Webhook(f"http://127.0.0.1:{peer.port}/secret-path", seconds=1.5)
        with ending_within(3), pytest.raises(ReconError, match="the webhook") as caught:
            webhook.send("recon-1", "text", [])
        assert "secret-path" not in caught.value.message
        before = peer.sent
        time.sleep(0.5)
        assert peer.sent < 20_000_000, "what has no end is not read to its end"
        assert peer.sent - before < 5_000_000


@pytest.mark.parametrize("how", MISBEHAVIOURS)
def test_a_proxy_that_does_not_behave_is_given_up(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Peer(how, b"HTTP/1.1 200 OK\r\n") as peer, ending_within(3):
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{peer.port}")
        with pytest.raises(ReconError, match="the webhook"):
            Webhook("https://webhook.invalid/secret-path", seconds=1.5).send("recon-1", "text", [])


@pytest.mark.parametrize("how", ["stalls", "drips", "never ends"])
def test_sigterm_ends_who_waits_for_a_webhook(how: str, db: Connection, url: str) -> None:
    record(db)
    db.execute("call recon.reconcile()")
    with (
        Peer(how) as peer,
        client(
            url,
            "listen",
            "--since",
            "1 hour",
            RECON_WEBHOOK=f"http://127.0.0.1:{peer.port}/",
        ) as process,
    ):
        wait_for(lambda: peer.accepted)
        process.send_signal(signal.SIGTERM)
        with ending_within(5):
            process.communicate(timeout=30)


def spin(is_up: Path) -> None:
    """Holds the lock of what ends it for most of the time."""
    stop = threading.Event()

    def run() -> None:
        is_up.touch()
        while not stop.wait(0):
            pass

    until_signalled(stop.set, run)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_whatever_it_is_doing(number: signal.Signals, tmp_path: Path) -> None:
    for attempt in range(30):
        is_up = tmp_path / str(attempt)
        process = PROCESSES.Process(target=spin, args=(is_up,))
        process.start()
        wait_for(is_up.exists)
        assert process.pid is not None
        os.kill(process.pid, number)
        process.join(10)
        ended = process.exitcode
        process.kill()
        assert ended == 0


# --------------------------------------------------------------------------------------- DynamoDB
ANSWERS = {
    "at once": b"",
    "after the status": b"HTTP/1.1 200 OK\r\nX-A: ",
    "in its answer": b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n\r\n{",
}


@pytest.fixture
def hasty_dynamodb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamodb, "SHORTEST", 0.3)
    monkeypatch.setattr(dynamodb, "LONGEST", 1.0)
    monkeypatch.setattr(aws, "MAX_ATTEMPTS", 2)
    monkeypatch.setattr(dynamodb, "PAUSE", 0.2)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")


def settings_for(peer: Peer) -> Settings:
    return Settings(
        dynamodb_endpoint=f"http://127.0.0.1:{peer.port}",
        dynamodb_region="eu-west-2",
        dynamodb_budget=1,
        dynamodb_segments=3,
    )


@pytest.mark.parametrize("start", ANSWERS)
@pytest.mark.parametrize("how", MISBEHAVIOURS)
def test_a_dynamodb_that_does_not_behave_is_given_up(
    how: str, start: str, db: Connection, hasty_dynamodb: None
) -> None:
    with Peer(how, ANSWERS[start], b" ") as peer:
        with ending_within(8), pytest.raises(ReconError):
            sync_dynamodb(db, settings_for(peer))
        with ending_within(8), pytest.raises(ReconError):
            dynamodb.Table(settings_for(peer), attempts=1).probe()


@pytest.mark.parametrize("how", ["stalls", "drips"])
def test_sigterm_ends_a_worker_that_waits_for_dynamodb(
    how: str, url: str, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Peer(how) as peer:
        stop = threading.Event()
        job = Job(
            "recon sync", "* * * * *", partial(_sync, url, settings_for(peer), stop), stop.set
        )
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "none")
        monkeypatch.setattr(Job, "next_time", lambda _: datetime(2025, 1, 1, tzinfo=UTC))
        worker = Worker(url, Plan(patience=inf), [job], 0.1)
        ended = in_background(worker.run)
        wait_for(lambda: peer.accepted)
        with ending_within(4):
            worker.stop()
            ended()
