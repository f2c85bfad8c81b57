"""A copy elsewhere: dumped and restored, and a standby."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from recon_kit.db import Connection, connect
from recon_kit.events import Listener, post
from recon_kit.local import Server, find_binaries, throwaway_server
from recon_kit.migrate import migrate
from recon_kit.webhook import Webhook
from tests import oracle
from tests.catalog import READER_RUNS, catalog, outcome, routines
from tests.inprocess import recon
from tests.webhook import Receiver
from tests.world import (
    DIFFICULTY,
    MARCH_1,
    MARCH_2,
    column,
    days,
    difficulty,
    kinds,
    pending,
    reconcile,
    record,
    until,
    value,
)

APRIL = [MARCH_1 + timedelta(days=n) for n in range(31, 40)]
LATE = (20, "T_LATE-1")
BLOCKED = (APRIL[0] + timedelta(days=30), "blocked", 3)
"""What verify cannot prove there: the day without a difficulty."""


def lived_in(db: Connection) -> None:
    """Months done, a day put right, a difficulty corrected, a day blocked, a record come late."""
    days(db, MARCH_1, MARCH_2, *APRIL)
    reconcile(db)
    db.execute(
        "update historical_bitcoin_calculations set bitcoin_mined = 1"
        " where settlement_date = '2025-04-01'"
    )
    difficulty(db, MARCH_2, DIFFICULTY + 1)
    record(db, APRIL[0] + timedelta(days=30))
    reconcile(db)
    record(db, MARCH_1, *LATE)


# ------------------------------------------------------------------- the way back from an upgrade


def test_the_schema_of_the_kit_is_restored_from_a_dump(
    db: Connection, url: str, tmp_path: Path
) -> None:
    lived_in(db)
    repairs = value(db, "select count(*) from recon.repairs")
    run("pg_dump", "--schema", "recon", "--file", tmp_path / "recon.sql", url)
    record(db, MARCH_2, *LATE)
    reconcile(db)
    record(db, APRIL[0], *LATE)
    run(
        *("psql", "-qX", "-1", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null"),
        *("-c", "set client_min_messages = warning; drop schema recon cascade"),
        *("-f", tmp_path / "recon.sql", url),
    )
    migrate(url)
    assert value(db, "select count(*) from recon.repairs") == repairs
    assert value(db, "select count(*) from recon.network_difficulties") > 10
    while pending(db):
        reconcile(db)
    oracle.assert_consistent(db)
    assert recon("doctor", url=url).returncode == 0


# --------------------------------------------------------------------------- dumped and restored


@pytest.fixture(scope="module")
def origin() -> Iterator[Server]:
    """A server with a database that has been in use."""
    with throwaway_server() as server:
        migrate(server.url())
        with connect(server.url()) as db:
            lived_in(db)
        yield server


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Server]:
    """Another server."""
    with throwaway_server() as server:
        yield server


@pytest.fixture
def restored(elsewhere: Server) -> Iterator[str]:
    """The name of an empty database there."""
    with connect(elsewhere.url()) as admin:
        admin.execute("create database restored template template0")
        yield "restored"
        admin.execute("drop database restored with (force)")


def run(program: str, *arguments: str | Path) -> None:
    done = subprocess.run(
        [find_binaries() / program, *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def as_text(origin: str, there: str, folder: Path) -> None:
    """One file of SQL."""
    run("pg_dump", "-f", folder / "dump.sql", "-d", origin)
    run("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f", folder / "dump.sql", there)


def as_folder(origin: str, there: str, folder: Path) -> None:
    """A folder, written and read by two processes at once."""
    run("pg_dump", "-Fd", "-j2", "-f", folder / "dump", "-d", origin)
    run("pg_restore", "-j2", "--exit-on-error", "-d", there, folder / "dump")


def in_halves(origin: str, there: str, folder: Path) -> None:
    """The schema first, with its triggers, and then the data."""
    run("pg_dump", "-Fc", "-f", folder / "dump", "-d", origin)
    for part in ("pre-data", "data", "post-data"):
        run("pg_restore", "--exit-on-error", f"--section={part}", "-d", there, folder / "dump")


@pytest.mark.parametrize("way", [as_text, as_folder, in_halves])
def test_what_is_restored_is_complete_and_clean_and_goes_on(
    way: Callable[[str, str, Path], None],
    origin: Server,
    elsewhere: Server,
    restored: str,
    tmp_path: Path,
) -> None:
    url = elsewhere.url(restored)
    way(origin.url(), url, tmp_path)
    with connect(origin.url()) as there, connect(url) as here:
        assert catalog(here) == catalog(there)
        for view in ("bitcoin_monthly_summaries", "bitcoin_yearly_summaries"):
            rows = f"table {view} order by 1, 2"
            assert here.execute(rows.encode()).fetchall() == there.execute(rows.encode()).fetchall()
        assert pending(here) == [MARCH_1], "what was pending there, and nothing else"
        assert kinds(here) == kinds(there)
        assert not migrate(url).changed

        found = here.execute("select * from recon.verify()").fetchall()
        late = {(MARCH_1, "missing", 3)}
        assert {tuple(f.values()) for f in found} == late | {BLOCKED}
        assert reconcile(here)["outcome"] == "incomplete", "a day is blocked, as it was there"
        for depth in ("cells", "fingerprints"):
            done = recon("verify", "--depth", depth, url=url)
            assert done.returncode == 3, "a day is blocked, and nothing is off"
            assert "blocked" in done.stdout
        assert recon("doctor", url=url).returncode == 0
        record(here, MARCH_2, 40, "T_NEW-1")
        assert pending(here) == [MARCH_2]
        reconcile(here)
        numbers = "select max(id) from curtailment_records"
        assert value(here, numbers) == value(there, numbers) + 1


def test_data_alone_goes_into_a_kit_of_its_own_and_the_next_run_finds_it_right(
    origin: Server, elsewhere: Server, restored: str, tmp_path: Path
) -> None:
    """The platform's tables alone, without the history of the kit."""
    url = elsewhere.url(restored)
    migrate(url)
    platform = ("curtailment_records", "historical_bitcoin_calculations", "bitcoin_daily_summaries")
    tables = [f"--table=public.{name}" for name in platform]
    tables += ["--table=recon.network_difficulties"]
    run("pg_dump", "-a", "-Fc", *tables, "-f", tmp_path / "dump", "-d", origin.url())
    run("pg_restore", "-a", "--exit-on-error", "-d", url, tmp_path / "dump")
    with connect(url) as here, connect(origin.url()) as there:
        assert set(pending(here)) >= {MARCH_1, MARCH_2, *APRIL}
        done = reconcile(here)
        found = here.execute(
            "select missing, stale, wrong, orphan from recon.run_history where run_id = %s",
            (done["run_id"],),
        ).fetchone()
        assert found == {"missing": 3, "stale": 0, "wrong": 0, "orphan": 0}, "but the late record"
        left = here.execute("select * from recon.verify()").fetchall()
        assert [tuple(f.values()) for f in left] == [BLOCKED]
        rows = "select count(*) from historical_bitcoin_calculations"
        assert value(here, rows) == value(there, rows) + 3


def test_no_event_is_posted_under_an_id_that_another_had_before_the_restore(
    origin: Server, elsewhere: Server, tmp_path: Path
) -> None:
    """The numbers of events begin anew at those of the backup; a receiver drops what it knows."""
    run("pg_dump", "-f", tmp_path / "dump.sql", "-d", origin.url())
    taken: list[dict[str, list[Any]]] = []
    for n in range(3):
        url = elsewhere.url(f"again_{n}")
        with connect(elsewhere.url()) as admin:
            admin.execute(f"create database again_{n} template template0".encode())
        run("psql", "-qX", "-o", "/dev/null", "-f", tmp_path / "dump.sql", url)
        receiver = Receiver()
        with connect(url) as db:
            if n == 2:
                post(db, Webhook(receiver.url, max_events=2))
            record(db, MARCH_1, 30 + n)
            reconcile(db)
            db.execute("select recon.weekly_analysis()")
            post(db, Webhook(receiver.url, severity="note", max_events=2))
        receiver.close()
        posts = [receiver.next() for _ in range(receiver.posts.qsize())]
        taken.append({headers["webhook-id"]: body["events"] for headers, body in posts})
        assert len(taken[-1]) == len(posts) > 2
        told: list[Any] = []
        listener = Listener(url, told.append, since=timedelta(days=1))
        listener.once()
        listener.once()
        assert len(told) == len({event["event_id"] for event in told})
    for first, second in combinations(taken, 2):
        for webhook_id in first.keys() & second.keys():
            assert first[webhook_id] == second[webhook_id]
    assert taken[0].keys() & taken[1].keys(), "what the backup had not posted has its id"
    assert taken[0].keys() ^ taken[1].keys()


# ------------------------------------------------------------------------------------- a standby


@pytest.fixture(scope="module")
def standby() -> Iterator[tuple[Server, Server]]:
    """A primary and its standby, which has all that the primary had."""
    with throwaway_server() as primary:
        with connect(primary.url()) as db:
            db.execute("create role recon_reader nologin")
            db.execute("create role reader login in role recon_reader")
            migrate(primary.url())
            lived_in(db)
        copy = primary.data.with_name("standby")
        primary.account.own(copy)
        program = primary.programs[0] / "pg_basebackup"
        done = primary.account.run(
            program, "-D", copy, "-R", "-X", "stream", "-c", "fast", "-d", primary.url()
        )
        assert done.returncode == 0, done.stderr
        socket = primary.host.with_name("standby-socket")
        second = Server(copy, socket, primary.account, primary.settings)
        try:
            second.start()
            catch_up(primary, second)
            yield primary, second
        finally:
            second.stop("immediate")


def catch_up(primary: Server, second: Server) -> None:
    with connect(primary.url()) as here, connect(second.url()) as there:
        written = value(here, "select pg_current_wal_lsn()")
        until(there, "select pg_last_wal_replay_lsn() >= %s::pg_lsn", written)


def test_a_standby_answers_every_read_function_as_the_primary_does(
    standby: tuple[Server, Server],
) -> None:
    primary, second = standby
    with (
        connect(primary.url(user="reader")) as here,
        connect(second.url(user="reader")) as there,
    ):
        assert value(there, "select pg_is_in_recovery()")
        callable_here = [r for r in routines(there) if r["name"] in READER_RUNS]
        assert len(callable_here) >= len(READER_RUNS)
        for routine in callable_here:
            given: dict[str, Any] = {
                "farm_id": "T_FARM-0",
                "date_format": "YYYY-MM-DD",
                "by": ["farm"],
            }
            state, rows = outcome(there, routine, **given)
            assert (state, len(rows)) == (
                (expected := outcome(here, routine, **given))[0],
                len(expected[1]),
            ), routine["name"]
            assert state is None, routine["name"]
        views = column(
            there,
            "select c.oid::regclass::text from pg_class c where c.relkind in ('v', 'r')"
            " and c.relnamespace = 'recon'::regnamespace and c.relpersistence <> 'u'",
        )
        for view in [*views, "bitcoin_monthly_summaries", "bitcoin_yearly_summaries"]:
            there.execute(f"table {view}".encode())


READS = (
    ["status"],
    ["gaps"],
    ["analyze"],
    ["report"],
    ["explain", "2025-03-01", "1", "T_FARM-0"],
    ["reconcile", "--dry-run"],
    ["runs"],
    ["runs", "1"],
    ["watch", "1"],
    ["difficulty", "list"],
)
WRITES = (
    ["migrate"],
    ["uninstall", "--yes"],
    ["reconcile"],
    ["recent"],
    ["daily-check"],
    ["date", "2025-03-01"],
    ["critical", "2025-03-01"],
    ["spot-fix", "2025-03-01", "1", "T_FARM-0"],
    ["verify"],
    ["verify-month", "2025-03"],
    ["scrub"],
    ["pause", "for lunch"],
    ["skip-day", "2025-03-01", "for lunch"],
    ["retry-day", "2025-03-01"],
    ["prune-history"],
)


def test_verbs_that_look_answer_on_a_standby_as_on_the_primary(
    standby: tuple[Server, Server],
) -> None:
    primary, second = standby
    for verb in READS:
        here, there = (recon(*verb, url=server.url()) for server in (primary, second))
        assert there.returncode == here.returncode, (verb, there.stderr)
        assert there.returncode in (0, 3)
        if verb[0] != "analyze":  # which tells of sessions and tables too
            assert there.stdout == here.stdout, verb


def test_verbs_that_write_say_that_it_is_a_standby(standby: tuple[Server, Server]) -> None:
    _, second = standby
    for verb in WRITES:
        done = recon(*verb, url=second.url())
        assert done.returncode == 1, verb
        assert done.stderr.startswith("error: this is a standby, or its transactions only read: ")
        assert "Set DATABASE_URL to the primary" in done.stderr
    looked = recon("doctor", url=second.url())
    assert looked.returncode == 1
    assert "the server is a standby and only reads" in looked.stdout


def test_a_standby_that_takes_over_goes_on_where_the_primary_was(
    standby: tuple[Server, Server],
) -> None:
    """The last of them: it is no standby any more."""
    _, second = standby
    with connect(second.url()) as db:
        assert pending(db) == [MARCH_1]
        assert value(db, "select pg_promote()")
        reconcile(db)
        assert pending(db) == []
        found = db.execute("select * from recon.verify()").fetchall()
        assert [tuple(f.values()) for f in found] == [BLOCKED]
        assert not migrate(second.url()).changed
