"""Everything at once: writers, tamperers and every verb, beside kills and restarts.

In the end an oracle that shares no code with the kit works every value out again, and the ledger is
held against an audit log of the test's own, row for row. `make torture` makes it long.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from recon_kit import driver
from recon_kit.db import Connection, connect
from recon_kit.errors import BusyError, ReconError
from recon_kit.local import Server, throwaway_server
from recon_kit.migrate import migrate
from tests import oracle
from tests.conftest import missing
from tests.world import length, pending, reconcile, wait_for

pytestmark = [pytest.mark.torture, pytest.mark.slow, pytest.mark.timeout(1500)]

COMMITS = length(150, 1500)
"""Commits of the writers before all are called off."""

FIRST, DAYS = date(2025, 1, 1), 12
MODELS = ("S19J_PRO", "S9", "M20S")
PG15 = Path("/usr/lib/postgresql/15/bin")

AUDIT = """
create schema audit;
create table audit.log (
  entry_id bigint generated always as identity,
  operation text,
  is_own boolean,
  settlement_date date,
  settlement_period integer,
  farm_id text,
  miner_model text,
  btc_before numeric,
  difficulty_before numeric,
  btc_after numeric,
  difficulty_after numeric
);
create function audit.write_down() returns trigger language plpgsql as $$
declare
  v_cell public.historical_bitcoin_calculations := coalesce(old, new);
begin
  insert into audit.log (
    operation, is_own, settlement_date, settlement_period, farm_id, miner_model,
    btc_before, difficulty_before, btc_after, difficulty_after
  )
  values (
    tg_op, current_user = 'postgres', v_cell.settlement_date, v_cell.settlement_period,
    v_cell.farm_id, v_cell.miner_model,
    old.bitcoin_mined, old.difficulty, new.bitcoin_mined, new.difficulty
  );
  return null;
end
$$;
create trigger audit after insert or update or delete on historical_bitcoin_calculations
  for each row execute function audit.write_down();
alter table historical_bitcoin_calculations enable always trigger audit;
create role platform login;
grant usage on schema audit, recon to platform;
grant insert on audit.log to platform;
grant select, insert, update, delete, truncate on
  curtailment_records, historical_bitcoin_calculations, bitcoin_daily_summaries,
  recon.network_difficulties, recon.miner_models to platform;
"""

LEDGER = """
select kind, settlement_date, settlement_period, farm_id, miner_model,
  bitcoin_mined_before, difficulty_before, bitcoin_mined_after, difficulty_after
from recon.repairs
"""
LOGGED = """
select operation, settlement_date, settlement_period, farm_id, miner_model,
  btc_before, difficulty_before, btc_after, difficulty_after
from audit.log
where is_own
"""


# What the platform does: each of these is one commit.


def record(random: Random, day: date) -> list[Any]:
    farm = f"T_FARM-{random.randint(1, 3)}"
    return [day, random.randint(1, 4), farm, -random.randint(1, 10_000) / 8]


INSERT = (
    "insert into curtailment_records"
    " (settlement_date, settlement_period, farm_id, volume, payment) values (%s, %s, %s, %s, 1)"
)
OF_DAY = "where settlement_date = %s"
A_CELL = f"{OF_DAY} and settlement_period = %s and miner_model = %s"

Statement = tuple[str, list[Any]]
Writer = Callable[[Random, date, date], list[Statement]]


def add(random: Random, day: date, _: date) -> list[Statement]:
    return [(INSERT, record(random, day))]


def add_on_two_days(random: Random, day: date, other: date) -> list[Statement]:
    return [(INSERT, record(random, d)) for d in random.sample([day, other], 2)]


def correct(random: Random, day: date, _: date) -> list[Statement]:
    what = f"update curtailment_records set volume = volume * 1.125 {OF_DAY}"
    return [(f"{what} and settlement_period = %s", [day, random.randint(1, 4)])]


def withdraw(random: Random, day: date, _: date) -> list[Statement]:
    what = f"delete from curtailment_records {OF_DAY} and settlement_period = %s"
    return [(what, [day, random.randint(1, 4)])]


def load_again(random: Random, day: date, _: date) -> list[Statement]:
    rows = [(INSERT, record(random, day)) for _ in range(6)]
    return [(f"delete from curtailment_records {OF_DAY}", [day]), *rows]


def move(_: Random, day: date, other: date) -> list[Statement]:
    what = f"update curtailment_records set settlement_date = %s {OF_DAY}"
    return [(f"{what} and settlement_period = 1", [other, day])]


def write_nonsense(random: Random, day: date, _: date) -> list[Statement]:
    """A period that the day does not have, or more than all that there can be."""
    row = record(random, day)
    what = random.choice([(1, 50), (3, -20_000)])
    row[what[0]] = what[1]
    return [(INSERT, row)]


def change_difficulty(random: Random, day: date, _: date) -> list[Statement]:
    upsert = (
        "insert into recon.network_difficulties (settlement_date, difficulty) values (%s, %s)"
        " on conflict (settlement_date) do update set difficulty = excluded.difficulty"
    )
    return [(upsert, [day, random.randint(80, 120) * 10**12])]


def lose_difficulty(_: Random, day: date, other: date) -> list[Statement]:
    return [(f"delete from recon.network_difficulties {OF_DAY}", [day])]


def change_model(random: Random, *_: date) -> list[Statement]:
    what = "update recon.miner_models set power_watts = %s, is_active = %s where miner_model = 'S9'"
    return [(what, [random.choice([1323, 1400]), random.random() < 0.8])]


def tamper(random: Random, day: date, other: date) -> list[Statement]:
    """One cell at a time, in every way; what it says is not true."""
    table = "historical_bitcoin_calculations"
    cell: list[Any] = [random.randint(1, 4), random.choice(MODELS)]
    ways: list[Statement] = [
        (f"update {table} set bitcoin_mined = 7 {A_CELL}", [day, *cell]),
        (f"update {table} set difficulty = 1 {A_CELL}", [day, *cell]),
        (f"update {table} set farm_id = 'T_GONE-1' {A_CELL}", [day, *cell]),
        (f"update {table} set settlement_date = %s {A_CELL}", [other, day, *cell]),
        (f"delete from {table} {A_CELL}", [day, *cell]),
        (
            f"insert into {table} (settlement_date, settlement_period, farm_id,"
            " miner_model, bitcoin_mined, difficulty) values (%s, %s, %s, %s, 7, 7)",
            [day, cell[0], f"T_FARM-{random.randint(1, 4)}", cell[1]],
        ),
        (
            "update bitcoin_daily_summaries set bitcoin_mined = 0 where summary_date = %s",
            [day],
        ),
        ("delete from bitcoin_daily_summaries where summary_date = %s", [day]),
    ]
    return [random.choice(ways)]


def empty_all(random: Random, *_: date) -> list[Statement]:
    tables = ["historical_bitcoin_calculations", "bitcoin_daily_summaries"]
    return [(f"truncate {random.choice(tables)}", [])] if random.random() < 0.1 else []


WRITERS: list[Writer] = [
    *(add, add, add_on_two_days, correct, withdraw, load_again, move, write_nonsense),
    *(change_difficulty, lose_difficulty, change_model, tamper, tamper, tamper, empty_all),
]

OF_TAMPERERS = (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected)
"""What writers may run into among themselves."""


# What the kit does beside it.

CALLS = [
    "call recon.reconcile(batch_days => %(few)s, order_by => %(order)s)",
    "call recon.reconcile(from_date => %(day)s, force => true, max_batches => %(few)s)",
    "call recon.reconcile_date(%(day)s)",
    "call recon.reconcile_critical(%(day)s)",
    "call recon.fix_critical(max_dates => 2)",
    "call recon.daily_check(days => 2)",
    "call recon.scrub(budget => '50 milliseconds')",
    "select * from recon.reconcile_days(array[%(day)s, %(other)s]::date[])",
    "select * from recon.spot_fix(%(day)s, %(period)s, %(farm)s)",
    "select * from recon.verify(depth => 'cells')",
    "select * from recon.verify(depth => 'fingerprints')",
    "select * from recon.verify_month('2025-01')",
    "select * from recon.plan()",
    "select * from recon.gaps()",
    "select * from recon.explain(%(day)s, %(period)s, %(farm)s)",
    "select * from recon.status()",
    "select * from recon.analyze()",
    "select * from recon.doctor()",
    "select * from recon.alerts",
    "select * from recon.metrics",
    "select recon.announce_alerts()",
    "select recon.inspect_source()",
    "select recon.refresh_summaries()",
    "select recon.skip_day(%(day)s, 'for a while')",
    "select recon.retry_day(%(day)s)",
    "select recon.pause('for a while')",
    "select recon.resume()",
    "select recon.prune_history(keep => '90 days')",
    "call recon.resume_run(%(run)s)",
    "select recon.accept_difficulty(%(day)s, reason => 'seen')",
]

ANSWERS = {"22023", "22004", "40P01", "55000", "55P03", "57014", "RK003"}
"""Errors that are an answer: what was asked for is not there, or others hold it now. A verb that
reads many tables and a deploy that replaces them can meet crosswise."""


def is_lost(error: BaseException) -> bool:
    """Whether the connection or the server went away, which this test makes them do."""
    if isinstance(error, ReconError):
        return error.__cause__ is not None and is_lost(error.__cause__)
    state = getattr(error, "sqlstate", None) or ""
    return isinstance(error, psycopg.Error) and (
        state in ("", "57P01", "57P02", "57P03") or state.startswith("08")
    )


@dataclass
class Stress:
    """Threads that each do one thing after another until enough was committed."""

    server: Server
    url: str
    random: Random = field(default_factory=lambda: Random(7))
    over: threading.Event = field(default_factory=threading.Event)
    done: Counter[str] = field(default_factory=Counter)
    errors: list[tuple[str, str]] = field(default_factory=list)

    def dates(self, random: Random) -> tuple[date, date]:
        one, other = random.sample(range(DAYS), 2)
        return FIRST + timedelta(one), FIRST + timedelta(other)

    def write(self, random: Random) -> None:
        writer = random.choice(WRITERS)
        statements = writer(random, *self.dates(random))
        with psycopg.connect(self.url, user="platform", application_name="writer") as db:
            try:
                for statement, given in statements:
                    db.execute(statement, given)
                db.commit()
            except OF_TAMPERERS:
                return
        self.done["commits"] += 1

    def call(self, random: Random) -> None:
        day, other = self.dates(random)
        given = {
            "day": day,
            "other": other,
            "period": random.randint(1, 4),
            "farm": f"T_FARM-{random.randint(1, 3)}",
            "few": random.randint(1, 3),
            "run": random.randint(1, 200),
            "order": random.choice(["recent", "oldest", "largest"]),
        }
        statement = random.choice(CALLS)
        with connect(self.url) as db:
            db.execute("set application_name = 'verb'")
            try:
                db.execute(statement, given).fetchall()
            except psycopg.Error as error:
                if error.sqlstate not in ANSWERS:
                    error.add_note(statement)
                    raise
        self.done[statement] += 1

    def drive(self, random: Random) -> None:
        plan = driver.Plan(batch_days=random.randint(1, 4), workers=2, patience=60)
        with suppress(BusyError):
            try:
                driver.reconcile(self.url, plan)
            except ReconError as error:
                if getattr(error.__cause__, "sqlstate", None) not in ANSWERS:
                    raise
        self.done["driver"] += 1

    def deploy(self, random: Random) -> None:
        time.sleep(random.uniform(1, 4))
        with suppress(BusyError):
            migrate(self.url)
        self.done["deploy"] += 1

    def kill(self, random: Random) -> None:
        """A backend, or a client in the middle of a run."""
        time.sleep(random.uniform(0.2, 1))
        if random.random() < 0.5:
            with connect(self.url) as db:
                db.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name in ('verb', 'recon-kit', 'writer')"
                    " and state = 'active' and pid <> pg_backend_pid()"
                    " order by random() limit 1"
                )
            self.done["backend terminated"] += 1
            return
        client = subprocess.Popen(
            [sys.executable, "-m", "recon_kit", "reconcile", "--batch-days", "1", "--quiet"],
            env={**os.environ, "DATABASE_URL": self.url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with suppress(subprocess.TimeoutExpired):
            client.wait(random.uniform(0.5, 3))
        client.kill()
        client.wait()
        self.done["client killed"] += 1

    def restart(self, random: Random) -> None:
        time.sleep(random.uniform(4, 8))
        self.server.stop("immediate")
        self.server.start()
        self.done["restart"] += 1

    def run(self) -> None:
        work = [self.write] * 4 + [self.call] * 3 + [self.drive, self.deploy, self.kill]
        threads = [
            threading.Thread(target=self._again_and_again, args=(what, seed))
            for seed, what in enumerate(work)
        ]
        for thread in threads:
            thread.start()
        killer = Random(99)  # in this thread: the server ends with the one that started it
        while self.done["commits"] < COMMITS and not self.errors:
            self.restart(killer)
        self.over.set()
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive()

    def _again_and_again(self, work: Callable[[Random], None], seed: int) -> None:
        random = Random(seed)
        while not self.over.is_set():
            try:
                work(random)
            except BaseException as error:  # noqa: BLE001 - the test looks at it
                if not is_lost(error):
                    notes = ", ".join(getattr(error, "__notes__", []))
                    self.errors.append((work.__name__, f"{error!r} {notes}"))
                    self.over.set()


@pytest.fixture(params=["embedded", "15"])
def stressed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    if request.param == "15":
        if not (PG15 / "postgres").exists():
            missing("PostgreSQL 15")
        monkeypatch.setenv("PG_BIN", str(PG15))
    with throwaway_server(durable=True) as server:
        yield server


def set_up(db: Connection) -> None:
    db.execute(AUDIT)
    db.execute(
        "update recon.settings set fuse_share = 1, critical_mwh = 1, batch_time = '100 ms',"
        " retry_after = '10 ms', max_attempts = 50"
    )
    with db.transaction():
        random = Random(1)
        for n in range(DAYS):
            day = FIRST + timedelta(n)
            for statement, given in change_difficulty(random, day, day):
                db.execute(statement, given)
            for _ in range(10):
                db.execute(INSERT, record(random, day))


def settle(db: Connection) -> None:
    """What people decide when the noise is over, and runs until nothing is pending."""
    db.execute("select recon.resume()")
    db.execute(
        "delete from curtailment_records where settlement_period > 48"
        " or not abs(volume) <= 10000 or (settlement_date, settlement_period, farm_id) in ("
        "select settlement_date, settlement_period, farm_id from curtailment_records"
        " group by 1, 2, 3 having not sum(abs(volume)) <= 10000)"
    )
    db.execute(
        "insert into recon.network_difficulties (settlement_date, difficulty)"
        " select distinct settlement_date, 1e14 from curtailment_records on conflict do nothing"
    )
    db.execute(
        "select recon.retry_day(settlement_date) from recon.days"
        " where outcome in ('failed', 'skipped')"
    )

    def is_done() -> bool:
        reconcile(db)
        return not pending(db)

    wait_for(is_done, 120)


def test_everything_at_once_ends_right_and_told_as_it_was(stressed: Server) -> None:
    migrate(stressed.url())
    with connect(stressed.url()) as db:
        set_up(db)
    stress = Stress(stressed, stressed.url())
    stress.run()
    assert stress.errors == []
    with connect(stressed.url()) as db:
        settle(db)
        oracle.assert_consistent(db)
        for depth in ("cells", "fingerprints"):
            assert db.execute("select * from recon.verify(depth => %s)", (depth,)).fetchall() == []
        told = Counter(tuple(row.values())[1:] for row in db.execute(LEDGER))
        logged = Counter(
            tuple(row.values())[1:] for row in db.execute(f"{LOGGED} and operation <> 'INSERT'")
        )
        assert told == logged
        assert counts(db, "select settlement_date, sum(missing) from recon.run_days") == counts(
            db,
            "select settlement_date, count(*) from audit.log where is_own and operation = 'INSERT'",
        )
        for kind in ("stale", "wrong", "orphan"):
            assert counts(db, f"select settlement_date, sum({kind}) from recon.run_days") == counts(
                db, f"select settlement_date, count(*) from recon.repairs where kind = '{kind}'"
            )
        failed = db.execute("select * from recon.run_days where outcome = 'failed'").fetchall()
        assert failed == []
    print(stress.done)  # noqa: T201 - shown with -s, for whoever wants to know what was tried


def counts(db: Connection, statement: str) -> dict[date, int]:
    """By date, without those that have none."""
    found = db.execute(f"{statement} group by settlement_date").fetchall()
    pairs = [tuple(row.values()) for row in found]
    return {day: int(number) for day, number in pairs if number}
