"""Who takes turns with whom: one order for all locks, held in rows that only the owner can lock."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable

import psycopg
import pytest

from recon_kit.db import Connection
from tests.test_nothing_missed import in_background
from tests.world import value, wait_for_lock

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
