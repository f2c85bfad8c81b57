"""The ledger is what was really overwritten, inserted and deleted, whoever else wrote meanwhile.

An audit trigger of the test's own notes each change of a row, and whose it was; recon.repairs and
the counts of run_days have to equal it, row for row. `make torture` makes longer histories.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import psycopg
import pytest

from recon_kit.db import Connection
from tests import oracle
from tests.world import (
    MARCH_1,
    MARCH_2,
    days,
    in_background,
    length,
    pending,
    reconcile,
    value,
    wait_for_lock,
)

Open = Callable[[], Connection]
KINDS = ("missing", "stale", "wrong", "orphan")
CELL = "settlement_date = '2025-03-01' and settlement_period = {} and miner_model = 'S9'"

AUDIT = """
create table audit (
  audit_id bigint generated always as identity,
  who text not null,
  before historical_bitcoin_calculations,
  after historical_bitcoin_calculations
);
create function audit() returns trigger language plpgsql security definer
set search_path = public, pg_temp as $$
begin
  insert into audit (who, before, after)
  values (
    current_setting('application_name'),
    case when tg_op <> 'INSERT' then old end,
    case when tg_op <> 'DELETE' then new end
  );
  return null;
end
$$;
create trigger audit after insert or update or delete on historical_bitcoin_calculations
for each row execute function audit();
alter table historical_bitcoin_calculations enable always trigger audit;
delete from recon.repairs;
delete from recon.runs;
"""

OWN_REPAIRS = """
select
  (before).settlement_date,
  (before).settlement_period,
  (before).farm_id,
  (before).miner_model,
  case
    when after is null then 'orphan'
    when (before).difficulty is distinct from (after).difficulty then 'stale'
    else 'wrong'
  end as kind,
  (before).bitcoin_mined as btc_before,
  (before).difficulty as difficulty_before,
  (after).bitcoin_mined as btc_after,
  (after).difficulty as difficulty_after
from audit
where who <> 'writer'
  and before is not null
"""

LEDGER = """
select settlement_date, settlement_period, farm_id, miner_model, kind,
  bitcoin_mined_before as btc_before, difficulty_before,
  bitcoin_mined_after as btc_after, difficulty_after
from recon.repairs
"""

OWN_COUNTS = f"""
select settlement_date, kind, count(*) as cells
from (
  select settlement_date, kind from ({OWN_REPAIRS}) r
  union all
  select (after).settlement_date, 'missing' from audit where who <> 'writer' and before is null
) c
group by 1, 2
"""

COUNTS = """
select settlement_date, kind, sum(cells) as cells
from recon.run_days d
cross join lateral (
  values ('missing', d.missing), ('stale', d.stale), ('wrong', d.wrong), ('orphan', d.orphan)
) c (kind, cells)
group by 1, 2
having sum(cells) > 0
"""


def counted(db: Connection, statement: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row.values()) for row in db.execute(statement.encode()))


def assert_ledger_is_what_happened(db: Connection) -> None:
    assert counted(db, LEDGER) == counted(db, OWN_REPAIRS)
    assert counted(db, COUNTS) == counted(db, OWN_COUNTS)


@pytest.fixture
def audited(db: Connection) -> Connection:
    """Two reconciled days, and an audit of what happens from then on."""
    days(db, MARCH_1, MARCH_2)
    db.execute("update recon.settings set fuse_share = 1")
    reconcile(db)
    db.execute(AUDIT)
    return db


INSERT = (
    "insert into historical_bitcoin_calculations"
    " (settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined, difficulty)"
    " values ('2025-03-01', {}, '{}', 'S9', {}, 1)"
)
TAMPER = f"update historical_bitcoin_calculations set bitcoin_mined = 7 where {CELL}"
DELETE = f"delete from historical_bitcoin_calculations where {CELL}"
INTERLEAVINGS = {
    "a wrong cell is changed again": (
        TAMPER.format(1),
        f"update historical_bitcoin_calculations set bitcoin_mined = 5 where {CELL.format(1)}",
        {"wrong": 3},
    ),
    "a wrong cell becomes stale": (
        TAMPER.format(1),
        "update historical_bitcoin_calculations set difficulty = 5"
        f" where {CELL.format(1)} and farm_id = 'T_FARM-1'",
        {"wrong": 2, "stale": 1},
    ),
    "a wrong cell is deleted": (TAMPER.format(1), DELETE.format(1), {"missing": 3}),
    "a wrong cell is put right": (
        TAMPER.format(1),
        "update historical_bitcoin_calculations h set bitcoin_mined = x.bitcoin_mined"
        " from recon.expected_calculations x where (h.settlement_date, h.settlement_period,"
        " h.farm_id, h.miner_model) = (x.settlement_date, x.settlement_period, x.farm_id,"
        f" x.miner_model) and h.{CELL.format(1).replace(' and ', ' and h.')}",
        {},
    ),
    "a wrong cell is moved away": (
        TAMPER.format(1),
        f"update historical_bitcoin_calculations set farm_id = 'T_GONE-1' where {CELL.format(1)}"
        " and farm_id = 'T_FARM-1'",
        {"wrong": 2, "missing": 1, "orphan": 1},
    ),
    "a wrong cell is replaced": (
        TAMPER.format(1),
        DELETE.format(1) + ";" + INSERT.format(1, "T_FARM-1", 9),
        {"missing": 2, "stale": 1},
    ),
    "an orphan is changed": (
        INSERT.format(1, "T_GONE-1", 1),
        "update historical_bitcoin_calculations set bitcoin_mined = 2 where farm_id = 'T_GONE-1'",
        {"orphan": 1},
    ),
    "an orphan is deleted": (
        INSERT.format(1, "T_GONE-1", 1),
        "delete from historical_bitcoin_calculations where farm_id = 'T_GONE-1'",
        {},
    ),
    "an orphan gets its record": (
        INSERT.format(1, "T_GONE-1", 1),
        "update historical_bitcoin_calculations set bitcoin_mined = 2"
        " where farm_id = 'T_GONE-1';"
        "insert into curtailment_records (settlement_date, settlement_period, farm_id, volume,"
        " payment) values ('2025-03-01', 1, 'T_GONE-1', -1, 0)",
        {"orphan": 1, "missing": 3},
    ),
    "a missing cell is inserted": (
        TAMPER.format(1) + ";" + DELETE.format(2),
        f"update historical_bitcoin_calculations set bitcoin_mined = 5 where {CELL.format(1)};"
        + INSERT.format(2, "T_FARM-1", 3),
        {"wrong": 3, "missing": 2, "stale": 1},
    ),
    "a missing cell is inserted and deleted again": (
        TAMPER.format(1) + ";" + DELETE.format(2),
        f"update historical_bitcoin_calculations set bitcoin_mined = 5 where {CELL.format(1)};"
        + INSERT.format(2, "T_FARM-1", 3)
        + ";"
        + DELETE.format(2),
        {"wrong": 3, "missing": 3},
    ),
}


@pytest.mark.parametrize("what", INTERLEAVINGS)
@pytest.mark.parametrize(
    "verb",
    [
        "call recon.reconcile()",
        "select * from recon.reconcile_days('{2025-03-01}')",
        "call recon.reconcile_critical('2025-03-01')",
        "call recon.reconcile(force => true, batch_days => 1)",
    ],
)
def test_what_changes_between_the_comparison_and_the_write_is_told_as_it_was(
    audited: Connection, another: Open, what: str, verb: str
) -> None:
    """The writer holds a row that the repair has compared, and commits when the repair waits."""
    before, meanwhile, kinds = INTERLEAVINGS[what]
    writer, worker = another(), another()
    writer.execute("set application_name = 'writer'")
    writer.execute(before.encode())
    writer.execute("begin")
    writer.execute(meanwhile.encode())
    running = in_background(lambda: worker.execute(verb.encode()))
    wait_for_lock(audited, worker.info.backend_pid)
    writer.execute("commit")
    running()
    assert_ledger_is_what_happened(audited)
    for _ in range(2):
        reconcile(audited)
    assert_ledger_is_what_happened(audited)
    assert pending(audited) == []
    oracle.assert_consistent(audited)
    found = Counter(
        {
            kind: value(audited, f"select coalesce(sum({kind}), 0) from recon.run_days")
            for kind in KINDS
        }
    )
    if "critical" not in verb:  # it looks again at once
        assert +found == Counter(kinds)


WRITES = [
    "update historical_bitcoin_calculations set bitcoin_mined = %(btc)s where {cell}",
    "update historical_bitcoin_calculations set difficulty = %(btc)s where {cell}",
    "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined + 1e-12 where {cell}",
    "update historical_bitcoin_calculations set farm_id = %(other)s where {cell}",
    "delete from historical_bitcoin_calculations where {cell}",
    "delete from historical_bitcoin_calculations where settlement_date = %(day)s",
    "insert into historical_bitcoin_calculations (settlement_date, settlement_period, farm_id,"
    " miner_model, bitcoin_mined, difficulty) values (%(day)s, %(period)s, %(farm)s, %(model)s,"
    " %(btc)s, 1) on conflict (settlement_date, settlement_period, farm_id, miner_model)"
    " do update set bitcoin_mined = excluded.bitcoin_mined",
    "insert into historical_bitcoin_calculations (settlement_date, settlement_period, farm_id,"
    " miner_model, bitcoin_mined, difficulty) select settlement_date, settlement_period, farm_id,"
    " miner_model, bitcoin_mined, difficulty from recon.expected_calculations"
    " where settlement_date = %(day)s on conflict do nothing",
    "insert into curtailment_records (settlement_date, settlement_period, farm_id, volume, payment)"
    " values (%(day)s, %(period)s, %(farm)s, -1, 0)",
    "delete from curtailment_records where settlement_date = %(day)s and farm_id = %(farm)s",
    "update recon.network_difficulties set difficulty = difficulty + 1"
    " where settlement_date = %(day)s",
]
WRITTEN_CELL = (
    "(settlement_date, settlement_period, farm_id, miner_model)"
    " = (%(day)s, %(period)s, %(farm)s, %(model)s)"
)
VERBS = [
    "call recon.reconcile(batch_days => 1)",
    "call recon.reconcile(force => true)",
    "call recon.reconcile_date(%(day)s)",
    "call recon.reconcile_critical(%(day)s)",
    "select * from recon.reconcile_days(array[%(day)s]::date[])",
    "select * from recon.spot_fix(%(day)s, %(period)s, %(farm)s)",
]
MAY_HAPPEN = {"23505", "40P01", "40001", "55P03", "22023", "55000"}
"""What may refuse a verb that works in its caller's transaction, or a writer."""


def random_cell(random: Random) -> dict[str, Any]:
    farms = ["T_FARM-0", "T_FARM-1", "T_GONE-1"]
    return {
        "day": random.choice([MARCH_1, MARCH_2]),
        "period": random.randint(1, 3),
        "farm": random.choice(farms),
        "other": random.choice(farms),
        "model": random.choice(["S9", "M20S"]),
        "btc": random.randint(1, 9),
    }


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(length(1, 4)))
def test_after_any_concurrent_history_the_ledger_is_what_happened(
    audited: Connection, another: Open, seed: int
) -> None:
    rounds, over = (length(120, 1000)), threading.Event()
    errors: list[BaseException] = []

    def work(connection: Connection, name: str, statements: list[str], seed: int) -> None:
        random = Random(seed)
        connection.execute(f"set application_name = '{name}'; set lock_timeout = '1s'".encode())
        done = 0
        while not over.is_set() if name == "worker" else done < rounds or not enough(connection):
            done += 1
            try:
                if name == "writer" and random.random() < 0.3:
                    with connection.transaction():
                        for _ in range(3):
                            write(connection, random, statements)
                else:
                    write(connection, random, statements)
            except psycopg.Error as error:
                if error.sqlstate not in MAY_HAPPEN:
                    errors.append(error)
                    return

    def enough(connection: Connection) -> bool:
        return bool(value(connection, "select count(*) > 10 from recon.repairs"))

    def write(connection: Connection, random: Random, statements: list[str]) -> None:
        statement = random.choice(statements).format(cell=WRITTEN_CELL)
        connection.execute(statement.encode(), random_cell(random))

    audited.execute("update recon.settings set max_attempts = 100, retry_after = '1ms'")
    threads = [
        threading.Thread(target=work, args=(another(), name, statements, 10 * seed + n))
        for n, (name, statements) in enumerate(3 * [("writer", WRITES)] + 3 * [("worker", VERBS)])
    ]
    for thread in threads:
        thread.start()
    for thread in threads[:3]:
        thread.join(200)
        assert not thread.is_alive()
    over.set()
    for thread in threads[3:]:
        thread.join(60)
        assert not thread.is_alive()
    assert errors == []
    assert_ledger_is_what_happened(audited)
    audited.execute("set recon.now = '2100-01-01'")
    while pending(audited):
        reconcile(audited)
    assert_ledger_is_what_happened(audited)
    oracle.assert_consistent(audited)
