"""What takes long: crashes at random points, races by chance, damage, and what others got wrong.

`make torture` makes it long: two hundred crashes, a thousand interleavings of each race.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from recon_kit import driver
from recon_kit.db import Connection, connect
from recon_kit.errors import ReconError
from recon_kit.local import Server, find_binaries, throwaway_server
from recon_kit.migrate import migrate
from tests import oracle
from tests.conftest import missing
from tests.crashes import STEPS, days_done, start_client
from tests.world import (
    MARCH_1,
    MARCH_2,
    a_month,
    days,
    difficulty,
    in_background,
    kinds,
    length,
    pass_time,
    pending,
    reconcile,
    record,
    triggers_off,
    value,
    wait_for_lock,
    without_triggers,
)

Open = Callable[[], Connection]
MARCH_3, MARCH_4 = date(2025, 3, 3), date(2025, 3, 4)

pytestmark = [pytest.mark.torture, pytest.mark.slow, pytest.mark.timeout(900)]


def verified_clean(db: Connection) -> bool:
    """Nothing is off, cell by cell and by fingerprint."""
    return not any(
        db.execute("select * from recon.verify(depth => %s)", (depth,)).fetchall()
        for depth in ("cells", "fingerprints")
    )


def reconcile_all(db: Connection) -> None:
    """Runs, with a clock so far on that failed days are due, until nothing is pending."""
    for _ in range(20):
        if not pending(db):
            break
        pass_time(db, "1 year")
        reconcile(db)
    assert pending(db) == []


# Crashes at random points.

HOLDS = (
    "select exists (select from pg_locks l where l.relation = %s::regclass"
    " and l.mode = 'RowExclusiveLock' and l.pid <> pg_backend_pid())"
)
"""Whether a worker has come to the step of its batch that writes this table."""

KEPT = {
    "historical_bitcoin_calculations": "settlement_date, settlement_period, farm_id, miner_model,"
    " bitcoin_mined, difficulty",
    "bitcoin_daily_summaries": "summary_date, miner_model, bitcoin_mined",
    "bitcoin_monthly_summaries": "year_month, miner_model, bitcoin_mined",
    "bitcoin_yearly_summaries": "year, miner_model, bitcoin_mined",
}

TO_DO_AGAIN = [
    "truncate historical_bitcoin_calculations",
    "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined + 1e-12",
    "update historical_bitcoin_calculations c set settlement_period = 50 where settlement_period ="
    " (select min(settlement_period) from historical_bitcoin_calculations"
    " where settlement_date = c.settlement_date)",
    "update curtailment_records set lead_party_name = 'another'",
    "update recon.miner_models set power_watts = power_watts",
]
"""Each is work for every day of the month, after which its rows are as before."""


@dataclass
class Month:
    """A month that was reconciled undisturbed, and then is broken and reconciled again and again.

    Attributes:
        times: How often it was broken, so how often each of its days is to be reconciled.
    """

    url: str
    random: Random = field(default_factory=lambda: Random(1))
    times: int = 0

    def __post_init__(self) -> None:
        with connect(self.url) as db:
            db.execute("update recon.settings set fuse_share = 1")
            a_month(db)
            assert reconcile(db)["outcome"] == "complete"
            oracle.assert_consistent(db)
            db.execute("create schema undisturbed")
            for table, columns in KEPT.items():
                db.execute(f"create table undisturbed.{table} as select {columns} from {table}")
            db.execute("delete from recon.runs")

    def break_it_when_done(self, db: Connection) -> None:
        if not pending(db):
            self.assert_each_day_was_done_once_each_time(db)
            db.execute(self.random.choice(TO_DO_AGAIN))
            self.times += 1

    def assert_each_day_was_done_once_each_time(self, db: Connection) -> None:
        done = db.execute(
            "select settlement_date, count(d.run_id) as times from recon.days"
            " left join recon.run_days d using (settlement_date)"
            " where d.outcome = 'reconciled' group by 1"
        )
        assert {row["times"] for row in done} == ({self.times} if self.times else set())

    def assert_as_undisturbed(self, db: Connection) -> None:
        for table, columns in KEPT.items():
            now, then = f"select {columns} from {table}", f"table undisturbed.{table}"
            differences = f"(({now}) except ({then})) union all (({then}) except ({now}))"
            assert db.execute(differences).fetchall() == [], table

    def at_a_random_point(self, db: Connection, is_running: Callable[[], bool]) -> int:
        """Waits for a worker to be at a random step of one of the next days; returns days done."""
        goal = days_done(db) + self.random.randrange(4)
        step = self.random.choice(list(STEPS.values()))
        while is_running() and not (days_done(db) >= goal and value(db, HOLDS, step)):
            pass
        return days_done(db)

    def crash(self, how: Callable[[Month, Connection], int], times: int) -> None:
        for _ in range(times):
            with connect(self.url) as db:
                self.break_it_when_done(db)
                done = how(self, db)
            with connect(self.url) as db:
                assert days_done(db) >= done, "what was committed before the crash is kept"
        with connect(self.url) as db:
            while pending(db):
                reconcile(db, batch_days=self.random.randint(1, 10))
            self.assert_each_day_was_done_once_each_time(db)
            self.assert_as_undisturbed(db)
            assert verified_clean(db)
            oracle.assert_consistent(db)


def client_killed(month: Month, db: Connection) -> int:
    client = start_client(month.url)
    done = month.at_a_random_point(db, lambda: client.poll() is None)
    client.send_signal(signal.SIGKILL)
    client.wait()
    return done


def in_this_process(pool: ThreadPoolExecutor, url: str) -> Future[driver.Run]:
    return pool.submit(driver.reconcile, url, driver.Plan(batch_days=1, workers=2, patience=0))


def backend_terminated(month: Month, db: Connection) -> int:
    with ThreadPoolExecutor() as pool:
        run = in_this_process(pool, month.url)
        done = month.at_a_random_point(db, lambda: not run.done())
        backends = db.execute(
            "select pid from pg_stat_activity where application_name = 'recon-kit'"
            " and datname = current_database() and pid <> pg_backend_pid()"
        ).fetchall()
        if backends:
            pid = month.random.choice(backends)["pid"]
            db.execute("select pg_terminate_backend(%s)", (pid,))
        assert isinstance(run.exception(60), ReconError | None)
    return done


@pytest.mark.parametrize("how", [client_killed, backend_terminated])
def test_killed_at_random_points_it_ends_in_the_rows_of_an_undisturbed_run(
    url: str, how: Callable[[Month, Connection], int]
) -> None:
    Month(url).crash(how, length(2, 40))


@pytest.fixture
def durable_server() -> Iterator[Server]:
    with throwaway_server(durable=True) as server:
        yield server


def test_server_stopped_at_random_points_ends_in_the_rows_of_an_undisturbed_run(
    durable_server: Server,
) -> None:
    def server_stopped(month: Month, db: Connection) -> int:
        with ThreadPoolExecutor() as pool:
            run = in_this_process(pool, month.url)
            done = month.at_a_random_point(db, lambda: not run.done())
            durable_server.stop("immediate")
            assert isinstance(run.exception(60), ReconError | None)
        durable_server.start()
        return done

    migrate(durable_server.url())
    Month(durable_server.url()).crash(server_stopped, length(2, 40))


# Races by chance: each writer has two dates of its own in each round, so that a change that is
# lost is not covered up by a later one.

ROUNDS = length(40, 600)

WAITING_WRITERS = """
select w.query as waiting, l.locktype, l.mode, b.query as holding
from pg_stat_activity w
join pg_locks l on l.pid = w.pid and not l.granted and l.locktype <> 'extend'
cross join unnest(pg_blocking_pids(w.pid)) u (pid)
join pg_stat_activity b on b.pid = u.pid
where w.application_name = 'writer'
  and b.application_name in ('reconciler', 'recon-kit')
"""
"""Writers behind a reconciler; to extend a file takes a lock for a moment, whoever does it."""

Writer = Callable[[Connection, Random, date, date], None]


def ingest_on_crossing_days(writer: Connection, random: Random, day: date, other: date) -> None:
    with writer.transaction():
        for _ in range(2):
            for d in random.sample([day, other], 2):
                record(writer, d, random.randint(1, 4), f"T_FARM-{random.randint(1, 3)}", -1)


def reload_of_a_day(writer: Connection, random: Random, day: date, other: date) -> None:
    with writer.transaction():
        writer.execute("delete from curtailment_records where settlement_date = %s", (day,))
        record(writer, day, random.randint(1, 4), "T_FARM-1", -random.randint(1, 9))
        record(writer, day, random.randint(1, 4), "T_FARM-2", random.randint(0, 9))


def move_to_another_day(writer: Connection, random: Random, day: date, other: date) -> None:
    writer.execute(
        "update curtailment_records set settlement_date = %s where settlement_date = %s"
        " and settlement_period = %s",
        (other, day, random.randint(1, 2)),
    )


def change_of_difficulty(writer: Connection, random: Random, day: date, other: date) -> None:
    difficulty(writer, random.choice([day, other]), Decimal(random.randint(10**13, 10**14)))


def tampering(writer: Connection, random: Random, day: date, other: date) -> None:
    """One row at a time: a writer that holds one and asks for another can block anybody."""
    cell = "settlement_date = %s and settlement_period = 1 and miner_model = 'S9'"
    statement = random.choice(
        [
            f"update historical_bitcoin_calculations set bitcoin_mined = 7 where {cell}",
            f"update historical_bitcoin_calculations set difficulty = 1 where {cell}",
            f"update historical_bitcoin_calculations set farm_id = 'T_GONE-1' where {cell}"
            " and farm_id <> 'T_GONE-1'",
            f"delete from historical_bitcoin_calculations where {cell}",
            "update bitcoin_daily_summaries set bitcoin_mined = 0 where summary_date = %s"
            " and miner_model = 'S9'",
        ]
    )
    with suppress(psycopg.errors.UniqueViolation):
        writer.execute(statement, (day,))


def truncation_of_the_rows(writer: Connection, random: Random, day: date, other: date) -> None:
    record(writer, day, random.randint(1, 4), "T_FARM-1", -1)
    if random.random() < 0.02:
        writer.execute("truncate historical_bitcoin_calculations")


INGEST: list[Writer] = [
    ingest_on_crossing_days,
    reload_of_a_day,
    move_to_another_day,
    change_of_difficulty,
]
TAMPERING: list[Writer] = [tampering, truncation_of_the_rows]


@dataclass
class Race:
    """Two writers, who meet on two days in each round, beside reconcilers that never rest."""

    db: Connection
    another: Open
    rounds: int
    errors: list[tuple[str, BaseException]] = field(default_factory=list)
    waits: list[Any] = field(default_factory=list)
    deploys: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.first = date(2020, 6, 1)
        self.db.execute("update recon.settings set fuse_share = 1")
        self.db.execute(
            "with dates as (select %(first)s::date + n as d from generate_series(0, %(n)s) n),"
            " known as (insert into recon.network_difficulties (settlement_date, difficulty)"
            " select d, 7e13 from dates)"
            " insert into curtailment_records"
            " (settlement_date, settlement_period, farm_id, volume, payment)"
            " select d, p, 'T_FARM-1', -p, 0 from dates cross join generate_series(1, 2) p",
            {"first": self.first, "n": 2 * self.rounds - 1},
        )
        assert reconcile(self.db, batch_days=100)["outcome"] == "complete"

    def run(self, writers: list[Writer], others: list[Callable[[], None]]) -> None:
        """Returns when the writers have ended, and then the others."""
        meeting = threading.Barrier(len(writers))
        working = [
            self._start("writer", partial(self._write, n, writer, meeting))
            for n, writer in enumerate(writers)
        ]
        beside = [self._start("other", partial(self._again_and_again, other)) for other in others]
        with self.another() as onlooker:
            while any(thread.is_alive() for thread in working):
                self.waits += onlooker.execute(WAITING_WRITERS).fetchall()
        self.over.set()
        for thread in working + beside:
            thread.join(60)
            assert not thread.is_alive()

    def errors_of(self, who: str) -> list[BaseException]:
        return [error for name, error in self.errors if name == who]

    def reconciler(self, seed: int) -> Callable[[], None]:
        connection, random = self.named("reconciler"), Random(seed)

        def once() -> None:
            order = random.choice(["recent", "oldest", "largest"])
            reconcile(connection, batch_days=random.randint(1, 4), order_by=order)

        return once

    def named(self, name: str) -> Connection:
        connection = self.another()
        connection.execute(f"set application_name = '{name}'")
        return connection

    def _write(self, seed: int, writer: Writer, meeting: threading.Barrier) -> None:
        connection, random = self.named("writer"), Random(seed)
        try:
            for n in range(self.rounds):
                two = self.first + timedelta(2 * n), self.first + timedelta(2 * n + 1)
                meeting.wait(60)
                for _ in range(2):
                    writer(connection, random, *random.sample(two, 2))
        except BaseException:
            meeting.abort()
            raise

    def _again_and_again(self, once: Callable[[], None]) -> None:
        while not self.over.is_set():
            once()

    def _start(self, who: str, work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except threading.BrokenBarrierError:
                pass
            except BaseException as error:  # noqa: BLE001 - the test looks at it
                self.errors.append((who, error))

        thread = threading.Thread(target=run)
        thread.start()
        return thread


def ignored(_: object) -> None:
    pass


def failures(db: Connection) -> Counter[str]:
    """How often days failed, by SQLSTATE."""
    found = db.execute("select sqlstate from recon.run_days where outcome = 'failed'")
    return Counter(row["sqlstate"] for row in found)


@pytest.mark.parametrize("reconcilers", [2, 8])
@pytest.mark.parametrize("writer", [*INGEST, *TAMPERING])
def test_race_by_chance(
    db: Connection, another: Open, url: str, writer: Writer, reconcilers: int
) -> None:
    """One of the reconcilers is the driver with two workers, the others call the procedure."""
    race = Race(db, another, ROUNDS)
    plan = driver.Plan(batch_days=2, workers=2)
    race.run(
        [writer, writer],
        [
            lambda: ignored(driver.reconcile(url, plan)),
            *(race.reconciler(seed) for seed in range(reconcilers - 1)),
        ],
    )
    assert race.errors == []
    if writer in INGEST:
        assert race.waits == []
        assert failures(db) == {}
    reconcile_all(db)
    oracle.assert_consistent(db)
    assert verified_clean(db)


def test_race_by_chance_beside_deploys(db: Connection, another: Open, url: str) -> None:
    """A deploy may keep a writer waiting, and cut a run short; it makes no writer fail."""
    race = Race(db, another, ROUNDS // 2)

    def write(writer: Connection, random: Random, day: date, other: date) -> None:
        random.choice(INGEST)(writer, random, day, other)

    def deploy() -> None:
        race.deploys += 1
        assert not migrate(url).changed

    race.run([write, write], [deploy, cut_short(race.reconciler(1)), cut_short(race.reconciler(2))])
    assert race.errors == []
    reconcile_all(db)
    oracle.assert_consistent(db)
    assert verified_clean(db)


def cut_short(once: Callable[[], None]) -> Callable[[], None]:
    def work() -> None:
        with suppress(psycopg.errors.DeadlockDetected):
            once()

    return work


def test_a_writer_that_waits_for_a_reconciler_is_seen(db: Connection, another: Open) -> None:
    """The probe of the races finds what it looks for, and ingest beside it is not found."""
    days(db, MARCH_1)
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")
    worker, tamperer, ingest = another(), another(), another()
    for connection, name in ((worker, "reconciler"), (tamperer, "writer"), (ingest, "writer")):
        connection.execute(f"set application_name = '{name}'")
    run = value(db, "select recon.start_run(null, null, 'recent', false)")
    with worker.transaction():
        worker.execute("select * from recon.reconcile_batch(%s, 1)", (run,))
        running = in_background(
            lambda: tamperer.execute("update historical_bitcoin_calculations set difficulty = 1")
        )
        wait_for_lock(db, tamperer.info.backend_pid)
        record(ingest)
        waits = db.execute(WAITING_WRITERS).fetchall()
    assert [wait["waiting"] for wait in waits] == [
        "update historical_bitcoin_calculations set difficulty = 1"
    ]
    running()
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)


# Damage: one cell in a hundred, in every way.

DAMAGE = {
    "missing": ["delete from historical_bitcoin_calculations where {cell}"],
    "stale": [
        "update historical_bitcoin_calculations set difficulty = difficulty + 1 where {cell}",
        "update historical_bitcoin_calculations set difficulty = 1, bitcoin_mined = 1 where {cell}",
    ],
    "wrong": [
        "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined + 1e-12"
        " where {cell}",
        "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined - 1e-13"
        " where {cell}",
        "update historical_bitcoin_calculations set bitcoin_mined = 0 where {cell}",
    ],
    "orphan": [
        "insert into historical_bitcoin_calculations (settlement_date, settlement_period, farm_id,"
        " miner_model, bitcoin_mined, difficulty) select settlement_date, settlement_period,"
        " 'T_GONE-1', miner_model, bitcoin_mined, difficulty"
        " from historical_bitcoin_calculations where {cell}",
    ],
}
CELL = "(settlement_date, settlement_period, farm_id, miner_model) = (%s, %s, %s, %s)"


def break_cells(db: Connection, random: Random) -> dict[oracle.Cell, str]:
    """Breaks one cell in a hundred, each in one way; returns the kind of each."""
    cells = sorted(oracle.stored(db))
    damage = {}
    for n, (day, period, farm, model) in enumerate(random.sample(cells, len(cells) // 100)):
        kind = list(DAMAGE)[n % len(DAMAGE)]
        statement = random.choice(DAMAGE[kind])
        db.execute(statement.format(cell=CELL), (day, period, farm, model))
        damage[day, period, "T_GONE-1" if kind == "orphan" else farm, model] = kind
    return damage


def cell_of(row: dict[str, Any]) -> oracle.Cell:
    return row["settlement_date"], row["settlement_period"], row["farm_id"], row["miner_model"]


def versions(db: Connection) -> dict[oracle.Cell, tuple[str, str]]:
    return {
        cell_of(row): (row["x"], row["c"])
        for row in db.execute(
            "select *, xmin::text as x, ctid::text as c from historical_bitcoin_calculations"
        )
    }


@pytest.mark.parametrize("noticed", [True, False])
def test_damage_is_listed_repaired_and_told(db: Connection, noticed: bool) -> None:
    """Not noticed: done with the triggers disabled, so that only verify can find it."""
    a_month(db)
    reconcile(db)
    with nullcontext() if noticed else triggers_off(db):
        damage = break_cells(db, Random(7))
    if not noticed:
        assert pending(db) == []
    by_day = Counter((cell[0], kind) for cell, kind in damage.items())

    assert len(damage) > 100
    assert {cell_of(gap): gap["kind"] for gap in db.execute("select * from recon.gaps()")} == damage
    if not noticed:
        found = db.execute("select * from recon.verify(depth => 'cells') where cells is not null")
        assert {(f["settlement_date"], f["finding"]): f["cells"] for f in found} == by_day
    assert pending(db) == sorted({day for day, _ in by_day})
    assert told(db, "recon.plan()") == by_day

    broken, before = oracle.stored(db), versions(db)
    run = reconcile(db)
    assert run["outcome"] == "complete"
    after = versions(db)
    untouched = before.keys() - damage.keys()
    assert {cell: after[cell] for cell in untouched} == {cell: before[cell] for cell in untouched}
    assert told(db, "recon.run_days", run["run_id"]) == by_day
    right = oracle.stored(db)
    repairs = {
        cell_of(r): (
            r["kind"],
            (r["bitcoin_mined_before"], r["difficulty_before"]),
            r["bitcoin_mined_after"] and (r["bitcoin_mined_after"], r["difficulty_after"]),
        )
        for r in db.execute("select * from recon.repairs where run_id = %s", (run["run_id"],))
    }
    assert repairs == {
        cell: (kind, broken[cell], right.get(cell))
        for cell, kind in damage.items()
        if kind != "missing"
    }
    assert value(db, "select count(*) from recon.repairs") == len(repairs)
    assert kinds(db) == {}
    assert verified_clean(db)
    oracle.assert_consistent(db)


def told(db: Connection, source: str, run_id: int | None = None) -> dict[tuple[date, str], int]:
    """Cells by day and kind, as the plan or the days of a run have them."""
    condition = "" if run_id is None else f"where run_id = {run_id}"
    return {
        (row["settlement_date"], kind): row[kind]
        for row in db.execute(f"select * from {source} {condition}")
        for kind in DAMAGE
        if row[kind]
    }


def test_a_year_of_daily_noise_leaves_a_ledger_of_the_noise_alone(db: Connection) -> None:
    """Each day one record is corrected, and another date is recomputed by force."""
    year = length(100, 365)
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    for _ in range(year):
        pass_time(db, "1 day")
        db.execute(
            "update curtailment_records set volume = volume - 0.001 where farm_id = 'T_FARM-1'"
            " and settlement_date = '2025-03-01' and settlement_period = 1"
        )
        assert reconcile(db, from_date=MARCH_1, to_date=MARCH_1)["outcome"] == "complete"
        db.execute("call recon.reconcile_date('2025-03-02')")
    assert value(db, "select count(*) from recon.repairs") == year * 3
    db.execute("select * from recon.prune_history(keep => '90 days')")
    assert value(db, "select count(*) from recon.repairs") == 90 * 3
    assert value(db, "select count(*) from recon.runs") == 90 * 2
    oracle.assert_consistent(db)


# What others got wrong in public.


def test_mistake_a_change_on_a_boundary_of_the_range_is_left_out(db: Connection) -> None:
    """Both ends belong to the range, and beyond them nothing is done and nothing forgotten."""
    dates = [MARCH_1, MARCH_2, MARCH_3, MARCH_4]
    days(db, *dates)
    reconcile(db)
    for day in dates:
        record(db, day, 40)
    run = reconcile(db, from_date=MARCH_2, to_date=MARCH_3)
    assert (run["outcome"], run["message"][:14]) == ("complete", "2 of 2 days do")
    assert pending(db) == [MARCH_1, MARCH_4]
    assert {gap["settlement_date"] for gap in db.execute("select * from recon.gaps()")} == {
        MARCH_1,
        MARCH_4,
    }
    db.execute(
        "update curtailment_records set settlement_date = '2025-03-04'"
        " where settlement_date = '2025-03-03' and settlement_period = 40"
    )
    assert pending(db) == [MARCH_1, MARCH_3, MARCH_4]
    reconcile(db, to_date=MARCH_3)
    assert pending(db) == [MARCH_4]
    reconcile(db, from_date=MARCH_4)
    oracle.assert_consistent(db)
    assert verified_clean(db)


@pytest.mark.parametrize("step", STEPS)
def test_mistake_a_mark_is_consumed_and_the_work_is_cancelled(
    db: Connection, another: Open, step: str
) -> None:
    """Cancelled at each step of the second batch: the first stays done, the second pending."""
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 1")
    db.execute("update bitcoin_daily_summaries set bitcoin_mined = 1")
    db.execute(
        "create function public.hold() returns trigger language plpgsql as $$ begin"
        " if exists (select from recon.run_days where run_id > 1 and outcome is not null) then"
        " perform pg_advisory_xact_lock(42); end if; return null; end $$;"
        f" create trigger zz_hold before insert or update or delete on {STEPS[step]}"
        " for each statement execute function public.hold()"
    )
    worker, holder = another(), another()
    with holder.transaction():
        holder.execute("select pg_advisory_xact_lock(42)")
        running = in_background(lambda: reconcile(worker, batch_days=1))
        wait_for_lock(db, worker.info.backend_pid)
        assert pending(db) == [MARCH_1]
        db.execute("select pg_cancel_backend(%s)", (worker.info.backend_pid,))
        with pytest.raises(psycopg.errors.QueryCanceled):
            running()
    assert pending(db) == [MARCH_1]
    assert value(db, "select count(*) from recon.days where outcome = 'reconciled'") == 2
    db.execute(f"drop trigger zz_hold on {STEPS[step]}")
    run = reconcile(db)
    assert (run["outcome"], run["message"][:6]) == ("complete", "1 of 1")
    oracle.assert_consistent(db)


@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_mistake_already_up_to_date_over_a_day_that_another_run_still_holds(
    db: Connection, another: Open, ending: str
) -> None:
    """It has deleted the mark and not committed: the day is neither done nor clean."""
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 1")
    worker = another()
    run = value(db, "select recon.start_run(null, null, 'recent', false)")
    worker.execute("begin")
    worker.execute("select * from recon.reconcile_batch(%s, 1)", (run,))
    second = reconcile(db)
    assert (second["outcome"], second["message"][:6]) == ("incomplete", "1 of 2")
    assert pending(db) == [MARCH_2]
    worker.execute(ending)
    assert pending(db) == ([] if ending == "commit" else [MARCH_2])
    third = reconcile(db)
    assert third["outcome"] == "complete"
    oracle.assert_consistent(db)


def test_mistake_already_up_to_date_over_a_change_of_the_same_value(db: Connection) -> None:
    """Away and back again, one in each run: the second is no less of a change."""
    days(db, MARCH_1)
    reconcile(db)
    for factor in ("* 2", "/ 2"):
        db.execute(f"update recon.network_difficulties set difficulty = difficulty {factor}")
        assert reconcile(db)["message"].startswith("1 of 1 days done")
        oracle.assert_consistent(db)


def test_mistake_the_marks_of_every_day_are_lost_with_the_run_that_listed_them(
    db: Connection, another: Open
) -> None:
    """A model changes; the run that has turned it into days is killed before its first batch."""
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    db.execute("update recon.settings set fuse_share = 1")
    db.execute("update recon.miner_models set power_watts = 3000 where miner_model = 'S9'")
    planner = another()
    value(planner, "select recon.start_run('2025-03-02', null, 'recent', false)")
    with pytest.raises(psycopg.OperationalError):
        planner.execute("select pg_terminate_backend(pg_backend_pid())")
    days(db, MARCH_3)
    assert pending(db) == [MARCH_1, MARCH_2, MARCH_3]
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)


# What the triggers cannot see, and a copy of the database.


def is_always_enabled(db: Connection) -> bool:
    """Whether the kit's triggers fire for replicas and restores too."""
    enabled = value(
        db,
        "select bool_and(t.tgenabled = 'A') from pg_trigger t join pg_proc p on p.oid = t.tgfoid"
        " where p.proname in ('record_changes', 'record_every_day', 'record_summary_changes')",
    )
    return bool(enabled)


def missed(db: Connection) -> set[tuple[date, str, int]]:
    """What verify finds on the days."""
    found = db.execute("select * from recon.verify(depth => 'cells') where cells is not null")
    return {(row["settlement_date"], row["finding"], row["cells"]) for row in found}


def test_capture_a_load_with_the_triggers_disabled(db: Connection, url: str) -> None:
    """Verify names what was missed, the next run mends it, a deploy puts the triggers right."""
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    difficulty(db, MARCH_3)
    reconcile(db)
    db.execute("alter table curtailment_records disable trigger all")
    record(db, MARCH_2, 40)
    record(db, MARCH_3, 1)
    db.execute("delete from curtailment_records where settlement_date = '2025-03-01'")
    db.execute("alter table curtailment_records enable trigger all")
    assert pending(db) == []
    off = {(MARCH_1, "orphan", 36), (MARCH_2, "missing", 3), (MARCH_3, "missing", 3)}
    assert missed(db) == off
    assert pending(db) == [MARCH_1, MARCH_2, MARCH_3]
    assert reconcile(db)["outcome"] == "complete"
    assert missed(db) == set()
    oracle.assert_consistent(db)

    assert not is_always_enabled(db), "enabling all of them leaves them off for replicas"
    db.execute("set session_replication_role = replica")
    record(db, MARCH_2, 41)
    db.execute("reset session_replication_role")
    assert pending(db) == []
    assert missed(db) == {(MARCH_2, "missing", 3)}
    assert migrate(url).code_changed
    assert is_always_enabled(db)
    assert pending(db) == [MARCH_1, MARCH_2, MARCH_3], "any of them may have been missed"
    assert reconcile(db)["outcome"] == "complete"
    db.execute("set session_replication_role = replica")
    record(db, MARCH_1, 42)
    db.execute("reset session_replication_role")
    assert pending(db) == [MARCH_1]
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)


@pytest.mark.parametrize("depth", ["cells", "fingerprints"])
@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("curtailment_records", "update curtailment_records set volume = volume * 2"),
        ("recon.network_difficulties", "update recon.network_difficulties set difficulty = 5"),
        ("recon.miner_models", "update recon.miner_models set hashrate_ths = 99"),
        ("recon.miner_models", "insert into recon.miner_models values ('S21', 200, 3500)"),
        ("recon.block_rewards", "update recon.block_rewards set block_reward_btc = 1"),
        (
            "historical_bitcoin_calculations",
            "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined + 1e-12",
        ),
        ("historical_bitcoin_calculations", "delete from historical_bitcoin_calculations"),
        ("bitcoin_daily_summaries", "update bitcoin_daily_summaries set bitcoin_mined = 1"),
        ("bitcoin_daily_summaries", "delete from bitcoin_daily_summaries"),
    ],
)
def test_capture_a_change_of_any_table_with_its_triggers_disabled(
    db: Connection, table: str, statement: str, depth: str
) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    without_triggers(db, statement, table)
    assert pending(db) == []
    found = db.execute("select * from recon.verify(depth => %s)", (depth,)).fetchall()
    assert {row["settlement_date"] for row in found} >= {MARCH_1, MARCH_2}
    assert reconcile(db)["outcome"] == "complete"
    oracle.assert_consistent(db)
    assert verified_clean(db)


def address(db: Connection, dbname: str) -> str:
    """Where a database of this server is, in words that an older libpq knows too."""
    info = db.info
    return make_conninfo(
        host=info.host, port=info.port, user=info.user, password=info.password, dbname=dbname
    )


@pytest.fixture
def copy_to(db: Connection) -> Iterator[Callable[..., Connection]]:
    """Restores a dump of the test's database into another one, deployed before or empty."""
    name = f"{db.info.dbname}_copy"
    url = address(db, name)
    binaries = find_binaries()
    if not (binaries / "pg_dump").is_file():
        missing("pg_dump")
    opened: list[Connection] = []

    def restore(*options: str, deployed: bool = False) -> Connection:
        db.execute(f"create database {name}")
        if deployed:
            migrate(url)
        source = address(db, db.info.dbname)
        dump = subprocess.run(
            [binaries / "pg_dump", *options, "-d", source], check=True, capture_output=True
        )
        subprocess.run(
            [binaries / "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", url],
            input=dump.stdout,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        opened.append(connect(url))
        return opened[-1]

    yield restore
    for connection in opened:
        connection.close()
    db.execute(f"drop database if exists {name} with (force)")


def test_capture_a_restored_database_is_proven_as_it_is(
    db: Connection, copy_to: Callable[..., Connection]
) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    record(db, MARCH_2, 40)
    copy = copy_to()
    assert pending(copy) == pending(db) == [MARCH_2], "what was pending still is"
    assert reconcile(copy)["message"].startswith("1 of 1 days done")
    assert is_always_enabled(copy)
    assert verified_clean(copy)
    oracle.assert_consistent(copy)
    before = versions(copy)
    assert reconcile(copy, force=True)["outcome"] == "complete"
    assert versions(copy) == before
    record(copy, MARCH_1, 41)
    assert pending(copy) == [MARCH_1]
    reconcile(copy)
    oracle.assert_consistent(copy)


def test_capture_a_database_restored_when_clean_verifies_clean(
    db: Connection, copy_to: Callable[..., Connection]
) -> None:
    a_month(db)
    reconcile(db)
    copy = copy_to()
    assert pending(copy) == []
    assert verified_clean(copy)
    assert oracle.stored(copy) == oracle.stored(db)
    assert reconcile(copy)["message"].startswith("0 of 0 days done")


def test_capture_records_restored_with_the_triggers_disabled(
    db: Connection, copy_to: Callable[..., Connection]
) -> None:
    """Only the records and the difficulty, into a database that has the kit already."""
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    tables = ("--table=curtailment_records", "--table=recon.network_difficulties")
    copy = copy_to("--data-only", "--disable-triggers", *tables, deployed=True)
    copy.execute("delete from recon.changes")
    assert missed(copy) == {(MARCH_1, "missing", 36), (MARCH_2, "missing", 36)}
    assert reconcile(copy)["outcome"] == "complete"
    assert oracle.stored(copy) == oracle.stored(db)
    oracle.assert_consistent(copy)


# Mistakes once made here, as promises.


def test_critical_leaves_a_day_alone_when_no_model_is_active(db: Connection) -> None:
    """P2: a blocked day keeps its rows, whichever procedure comes by."""
    days(db, MARCH_1)
    reconcile(db)
    before = oracle.stored(db)
    db.execute("update recon.miner_models set is_active = false")
    db.execute("call recon.reconcile_critical('2025-03-01')")
    assert oracle.stored(db) == before


def test_critical_leaves_the_orphans_of_a_day_without_difficulty(db: Connection) -> None:
    """P2 again: a blocked day keeps its orphans too."""
    days(db, MARCH_1)
    reconcile(db)
    before = oracle.stored(db)
    db.execute("delete from recon.network_difficulties")
    db.execute("delete from curtailment_records where settlement_period = 1")
    reconcile(db)
    assert oracle.stored(db) == before
    db.execute("call recon.reconcile_critical('2025-03-01')")
    assert oracle.stored(db) == before


def test_verify_does_not_make_a_blocked_day_pending_for_what_no_run_repairs(
    db: Connection,
) -> None:
    """Else each verify would cost another run, for ever."""
    days(db, MARCH_1)
    reconcile(db)
    db.execute("delete from recon.network_difficulties")
    db.execute("delete from curtailment_records where settlement_period = 1")
    reconcile(db)
    assert missed(db) == {(MARCH_1, "blocked", 27)}
    assert pending(db) == []


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_spot_fix_with_an_old_snapshot_writes_nothing_unnoticed(
    db: Connection, another: Open, level: str
) -> None:
    """P4: the record is withdrawn and the day reconciled; the old snapshot still has it."""
    record(db)
    difficulty(db)
    client = another()
    client.execute(f"begin isolation level {level}")
    client.execute("select 1")
    db.execute("delete from curtailment_records")
    assert reconcile(db)["outcome"] == "complete"
    with suppress(psycopg.Error):
        client.execute("select * from recon.spot_fix('2025-03-01', 1, 'T_CLDCW-1')")
        client.execute("commit")
    assert kinds(db) == {} or pending(db)


def test_a_range_is_not_called_clean_while_another_run_expands_its_marks(
    db: Connection, another: Open
) -> None:
    """One run is turning the mark of every day into days, and has not committed.

    Another passes over the mark, which is locked, but plans the days it stands for. It must not
    take them for done because they have no mark of their own.
    """
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    db.execute("update recon.settings set fuse_share = 1")
    db.execute("update recon.miner_models set power_watts = 3000 where miner_model = 'S9'")
    first = another()
    with first.transaction():
        first.execute("select recon.start_run(null, null, 'recent', false)")
        second = reconcile(db)
        assert kinds(db) == {} or second["outcome"] == "incomplete", second["message"]


def test_a_day_that_fails_in_a_forced_run_is_tried_again(db: Connection, another: Open) -> None:
    """It was not pending before; a failure makes it so."""
    days(db, MARCH_1)
    reconcile(db)
    db.execute("update recon.settings set lock_timeout = '50 milliseconds'")
    without_triggers(db, "update historical_bitcoin_calculations set bitcoin_mined = 1")
    holder = another()
    with holder.transaction():
        holder.execute("select * from historical_bitcoin_calculations for update")
        reconcile(db, force=True)
    assert value(db, "select outcome from recon.days") == "failed"
    pass_time(db, "1 year")
    reconcile(db)
    assert kinds(db) == {}
    assert value(db, "select outcome from recon.days") == "reconciled"


def test_a_spot_fix_in_an_open_transaction_holds_up_no_run(db: Connection, another: Open) -> None:
    """P7: it holds the day to its end, and neither the refresh nor the other days."""
    days(db, MARCH_1, MARCH_2)
    db.execute("update recon.settings set lock_timeout = '100 milliseconds'")
    reconcile(db)
    record(db, MARCH_1, 40)
    record(db, MARCH_2, 40)
    fixer = another()
    with fixer.transaction():
        fixer.execute("select * from recon.spot_fix('2025-03-01', 40, 'T_CLDCW-1')")
        run = value(db, "select recon.start_run(null, null, 'recent', false)")
        db.execute("select * from recon.reconcile_batch(%s, 10)", (run,))
        db.execute("set statement_timeout = '3s'")
        assert value(db, "select recon.finish_run(%s)", run) == "incomplete"


def test_the_planning_of_a_run_waits_for_a_locked_table_within_bounds(
    db: Connection, another: Open
) -> None:
    """P7: settings.lock_timeout bounds the waits of planning as those of a batch."""
    days(db, MARCH_1)
    db.execute("update recon.settings set lock_timeout = '100 milliseconds'")
    holder = another()
    with holder.transaction():
        holder.execute("truncate curtailment_records")
        db.execute("set statement_timeout = '3s'")
        with suppress(psycopg.errors.LockNotAvailable):
            reconcile(db)


def test_a_day_skipped_during_a_run_stays_as_it_is(db: Connection) -> None:
    """recon.skip_day: "leaves a day as it is from now on"; the run had planned it before."""
    days(db, MARCH_1)
    run = value(db, "select recon.start_run(null, null, 'recent', false)")
    db.execute("select recon.skip_day('2025-03-01', 'wrong at the source')")
    db.execute("select * from recon.reconcile_batch(%s, 1)", (run,))
    assert value(db, "select outcome from recon.days") == "skipped"
    assert oracle.stored(db) == {}


@pytest.mark.parametrize("infinite", ["infinity", "-infinity"])
def test_a_summary_of_an_infinite_date_ends_no_run(db: Connection, infinite: str) -> None:
    """P4, P5: lock_day could not number that date."""
    days(db, MARCH_1)
    with suppress(psycopg.errors.CheckViolation):
        db.execute(
            "insert into bitcoin_daily_summaries values (%s, 'S9', 1)",
            (infinite,),
        )
    reconcile(db)
    assert kinds(db) == {}


@pytest.mark.parametrize("order_by", ["oldest", "recent"])
def test_verify_and_a_batch_of_several_days_do_not_deadlock(
    db: Connection, another: Open, order_by: str
) -> None:
    """Both update recon.days; the order of a batch is the run's."""
    days(db, MARCH_1, MARCH_2, MARCH_3)
    reconcile(db)
    verifier, worker = another(), another()
    run = value(db, "select recon.start_run(null, null, %s, true)", order_by)
    with worker.transaction():
        worker.execute("select * from recon.reconcile_batch(%s, 1)", (run,))
        running = in_background(lambda: verifier.execute("select * from recon.verify()"))
        with suppress(AssertionError):
            wait_for_lock(db, verifier.info.backend_pid, 5)
        worker.execute("select * from recon.reconcile_batch(%s, 5)", (run,))
    running()
    assert failures(db) == {}


@pytest.mark.parametrize(
    ("held", "before", "after"),
    [
        pytest.param(
            "historical_bitcoin_calculations",
            "delete from recon.network_difficulties where settlement_date = '2025-03-01'",
            "delete from curtailment_records where settlement_date = '2025-03-01'",
            id="writer of difficulty and records",
        ),
        pytest.param(
            "recon.mining_rates",
            "select count(*) from recon.pending_days",
            "select count(*) from recon.gaps()",
            id="run",
        ),
    ],
)
def test_a_deploy_gives_way_before_it_deadlocks_anybody(
    db: Connection, another: Open, url: str, held: str, before: str, after: str
) -> None:
    """It locks one table or view after the other, while it waits for a third party.

    Who has waited longest notices a deadlock and gives up; that would be the writer or the run,
    which uses the tables in another order. So the deploy gives up sooner, and tries again.
    """
    days(db, MARCH_1)
    reconcile(db)
    third, user = another(), another()
    user.execute("begin")
    user.execute(before)
    third.execute("begin")
    third.execute(f"lock table {held} in row exclusive mode" if held[0] == "h" else f"table {held}")
    deploying = in_background(lambda: migrate(url))
    while not value(db, "select count(*) from pg_locks where not granted"):
        pass
    using = in_background(lambda: user.execute(after))
    with suppress(AssertionError):  # the deploy may have given way already
        wait_for_lock(db, user.info.backend_pid, 5)
    third.execute("commit")
    try:
        using()
        user.execute("commit")
    finally:
        user.close()
        deploying()
