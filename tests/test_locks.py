"""Who takes turns with whom: one order for all locks, held in rows that only the owner can lock."""

from __future__ import annotations

import contextlib
import itertools
import re
import threading
from collections.abc import Callable
from datetime import date

import psycopg
import pytest

from recon_kit.db import Connection
from recon_kit.resources import QUERIES, code_files
from tests.world import MARCH_1, days, in_background, pending, reconcile, value, wait_for_lock

Open = Callable[[], Connection]

WRITERS = {
    "insert": "insert into recon.network_difficulties (settlement_date, difficulty)"
    " select d, 1e14 + extract(day from d)"
    " from generate_series('2025-02-01'::date, '2025-02-20', '1 day') d"
    " on conflict do nothing",
    "upsert": "insert into recon.network_difficulties (settlement_date, difficulty)"
    " select d, 2e14 from generate_series('2025-02-01'::date, '2025-02-10', '1 day') d"
    " order by random()"
    " on conflict (settlement_date) do update set difficulty = excluded.difficulty + random()",
    "update": "update recon.network_difficulties set difficulty = difficulty + random()"
    " where settlement_date between '2025-02-01' and '2025-02-20'",
    "delete": "delete from recon.network_difficulties where settlement_date > '2025-02-05'",
    "truncate": "truncate recon.network_difficulties",
    "merge": "merge into recon.network_difficulties d"
    " using (select '2025-02-03'::date as day) s on d.settlement_date = s.day"
    " when matched then update set difficulty = 3e14"
    " when not matched then insert (settlement_date, difficulty) values (s.day, 4e14)",
    "accept": "select * from recon.accept_difficulty('2025-02-01', '2025-02-20')",
    "reject": "select * from recon.reject_difficulty('2025-02-01', 'frozen', '2025-02-04')",
    "decide by hand": "insert into recon.difficulty_decisions"
    " (settlement_date, difficulty, verdict)"
    " values ('2025-02-02', 1e14 + random()::numeric, 'accepted')",
    "forget decisions": "delete from recon.difficulty_decisions",
    "truncate decisions": "truncate recon.difficulty_decisions",
    "policy": "update recon.settings set difficulty_policy ="
    " case difficulty_policy when 'strict' then 'warn' else 'strict' end",
    "limits": "update recon.settings set difficulty_max_step = 2 + random()",
    "sync": "with s as materialized (select sync_id from recon.start_sync('file:x')),"
    " p as materialized (select sync_id, recon.add_sync_page(sync_id,"
    ' \'[{"item_id": "1", "date_text": "2025-02-02", "difficulty_text": "1e14"},'
    ' {"item_id": "2", "date_text": "2025-02-04", "difficulty_text": "9e15"}]\', null)'
    " from s) select sync_id from p",
}
"""Everybody who writes what the plausibility of the difficulties depends on."""

PAIRS = list(itertools.combinations_with_replacement(WRITERS, 2))


def write(db: Connection, writer: str) -> None:
    """One transaction, or two; where there is nothing to decide about, nothing is done."""
    with contextlib.suppress(psycopg.errors.InvalidParameterValue):
        done = db.execute(WRITERS[writer].encode())
        if writer == "sync":
            (sync,) = done.fetchall()
            db.execute("select * from recon.apply_sync(%s)", (sync["sync_id"],))


@pytest.fixture
def suspects(db: Connection) -> Connection:
    """A policy that judges, and difficulties that are suspect."""
    db.execute("update recon.settings set difficulty_policy = 'strict'")
    write(db, "insert")
    assert value(db, "select count(*) from recon.withheld_difficulties") > 0
    return db


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda name: name.replace(" ", "-"))
def test_no_two_writers_of_difficulties_deadlock(
    suspects: Connection, another: Open, first: str, second: str
) -> None:
    start = threading.Barrier(2)
    found: list[psycopg.Error] = []

    def repeat(db: Connection, writer: str) -> None:
        db.execute("set deadlock_timeout = '10ms'")
        try:
            for _ in range(8):
                with contextlib.suppress(threading.BrokenBarrierError):
                    start.wait(20)
                write(db, writer)
        except psycopg.Error as error:
            found.append(error)
            start.abort()

    threads = [
        threading.Thread(target=repeat, args=(another(), writer)) for writer in (first, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == []


@pytest.mark.parametrize("second", ["reject", "accept", "policy", "sync", "truncate", "update"])
def test_who_comes_second_waits_and_the_first_goes_on(
    suspects: Connection, another: Open, second: str
) -> None:
    """The order of before: a row of the table here and the turn there, and each wants the other."""
    person, other = another(), another()
    with person.transaction():
        person.execute(
            "insert into recon.network_difficulties (settlement_date, difficulty)"
            " values ('2025-02-02', 5e14)"
            " on conflict (settlement_date) do update set difficulty = excluded.difficulty"
        )
        waiting = in_background(lambda: write(other, second))
        wait_for_lock(suspects, other.info.backend_pid)
        person.execute(
            "update recon.network_difficulties set difficulty = 6e14"
            " where settlement_date = '2025-02-03'"
        )
        person.execute("update recon.settings set difficulty_max_step = 3")
    waiting()


# ------------------------------------------------------------- what was consumed is in nobody's way


def pages_read(db: Connection, statement: str) -> int:
    """How often a statement looks at a page."""
    plan = value(db, f"explain (analyze, buffers, format json) {statement}")[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_what_an_old_snapshot_keeps_is_passed_in_one_reading(db: Connection, another: Open) -> None:
    days(db, MARCH_1)
    reconcile(db)
    reader = another()
    with reader.transaction():
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select * from recon.settings")
        db.execute(
            "insert into recon.changes (settlement_date, reason)"
            " select date '2020-01-01' + n % 500, 'source' from generate_series(1, 30000) n"
        )
        assert value(db, "select count(*) from recon.pending_days") == 500
        db.execute("delete from recon.changes")
        db.execute("select pg_stat_force_next_flush()")
        db.execute(
            "insert into recon.changes (settlement_date, reason) values ('2020-01-02', 'source')"
        )
        pages = value(db, "select pg_relation_size('recon.changes') / 8192")
        for scans in ("on", "off"):
            db.execute(f"set enable_seqscan = {scans}".encode())
            assert pending(db) == [date(2020, 1, 2)]
            assert pages_read(db, "select * from recon.pending_days") < 3 * pages + 100
        assert value(db, "select recon.has_work()")


def test_a_hundred_thousand_marks_of_every_day_become_one_a_day(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute(
        "insert into recon.changes (settlement_date, reason)"
        " select '-infinity', 'block_reward' from generate_series(1, 100000)"
    )
    db.execute("select recon.expand_changes()")
    assert value(db, "select count(*) from recon.changes") == 1
    assert pending(db) == [MARCH_1]


# ------------------------------------------------------------------ numbers that anybody can guess


def test_every_advisory_lock_is_in_the_register(db: Connection) -> None:
    """Those that are left are needed before there is a row to lock, or beyond a transaction."""
    texts = [*QUERIES.values(), *(path.read_text() for path in code_files())]
    used = {
        (int(first), int(second))
        for text in texts
        for first, second in re.findall(r"pg_\w*advisory\w*\((-?\d+), (-?\d+)\)", text)
    }
    of_webhooks = r"pg_\w*advisory\w*\(1919247215, (?:w\.|%\()advisory_key"
    assert sum(len(re.findall(of_webhooks, text)) for text in texts) == 2
    assert sum(len(re.findall(r"pg_\w*advisory\w*\(", text)) for text in texts) == 4
    registered = db.execute("select advisory_key from recon.locks where advisory_key is not null")
    assert used == {(1919247215, row["advisory_key"]) for row in registered}


def test_no_other_role_keeps_a_run_waiting(db: Connection, another: Open) -> None:
    """Every number of an advisory lock that a day, a summary or a difficulty ever had."""
    days(db, MARCH_1)
    db.execute("update recon.settings set lock_timeout = '1 second'")
    stranger = another()
    with stranger.transaction():
        stranger.execute(
            "select pg_advisory_xact_lock(1919247215, n) from generate_series(9150, 9250) n"
        )
        stranger.execute(
            "select pg_advisory_xact_lock(1919247215, -2147483648 + n)"
            " from generate_series(0, 12) n"
        )
        assert reconcile(db)["outcome"] == "complete"
        (found,) = db.execute(
            "select finding, next_step from recon.doctor() where subject = 'locks'"
        ).fetchall()
        assert f"process {stranger.info.backend_pid} of " in found["finding"]
        assert "holds the lock of posts" in found["finding"]
        assert "pg_terminate_backend" in found["next_step"]
        db.execute("select recon.inspect_source()")
        db.execute("select recon.announce_alerts()")
        write(db, "insert")


def test_only_who_may_change_it_can_lock_a_row(db: Connection, another: Open) -> None:
    name = f"stranger_{db.info.backend_pid}"
    db.execute(f"create role {name}; grant usage on schema recon to {name}".encode())
    db.execute(f"grant select on all tables in schema recon to {name}".encode())
    stranger = another()
    stranger.execute(f"set role {name}".encode())
    try:
        for table in ("locks", "day_locks"):
            for strength in ("update", "share", "key share"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    stranger.execute(f"select * from recon.{table} for {strength}".encode())
    finally:
        stranger.close()
        db.execute(f"drop owned by {name}; drop role {name}".encode())
