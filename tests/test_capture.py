"""What capture cannot see is said, by everything, with the next step; and that step mends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pytest_postgresql.executors import NoopExecutor

from recon_kit.adopt import adopt, examine
from recon_kit.db import Connection, connect
from recon_kit.errors import ReconError
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate
from tests import oracle
from tests.commands import recon
from tests.conftest import copy_of
from tests.world import MARCH_1, MARCH_2, days, pending, reconcile, record, value, wait_for


def gaps(db: Connection) -> set[tuple[str, str]]:
    """Table and reason of each."""
    found = db.execute("select table_name, reason from recon.capture_gaps()")
    return {(row["table_name"], row["reason"]) for row in found}


# ----------------------------------------------------------------------------------- catalogue


class Gap(NamedTuple):
    """A way in which a change passes unnoticed.

    Attributes:
        made: What makes it so.
        table: The table that is named.
        reason: The reason that is given.
        missed: A change that nothing notes.
        mended: What the next step says: migrate, adopt, or SQL; then a run sees to the rest.
        stops: Whether no run begins before that.
    """

    made: str
    table: str
    reason: str
    missed: str
    mended: str = "migrate"
    stops: bool = False


SOURCE = "public.curtailment_records"
STORED = "public.historical_bitcoin_calculations"
DAILY = "public.bitcoin_daily_summaries"
HALVE = "update curtailment_records set volume = volume / 2 where settlement_date = '2025-03-01'"
FALSIFY = "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined * 2"
TWICE = "insert into historical_bitcoin_calculations select * from historical_bitcoin_calculations"
SWAP = "alter table {0} rename to swapped_out; alter table {1}.swapped_in rename to {2}; " + HALVE
NEW_DIFFICULTY = "update recon.network_difficulties set difficulty = difficulty * 2"


def copied(table: str) -> str:
    schema, name = table.split(".")
    return (
        f"create table {schema}.swapped_in (like {table} including all);"
        f" insert into {schema}.swapped_in select * from {table};"
        f" alter table {table} rename to swapped_out;"
        f" alter table {schema}.swapped_in rename to {name}"
    )


GAPS = {
    "trigger disabled": Gap(
        "alter table curtailment_records disable trigger record_update", SOURCE, "trigger", HALVE
    ),
    "all triggers disabled": Gap(
        "alter table curtailment_records disable trigger all", SOURCE, "trigger", HALVE
    ),
    "triggers enabled again by whoever disabled them": Gap(
        "alter table curtailment_records disable trigger all;"
        " alter table curtailment_records enable trigger all",
        SOURCE,
        "trigger",
        f"set session_replication_role = replica; {HALVE}; reset session_replication_role",
    ),
    "trigger for replicas only": Gap(
        "alter table curtailment_records enable replica trigger record_update",
        SOURCE,
        "trigger",
        HALVE,
    ),
    "trigger dropped": Gap(
        "drop trigger record_update on curtailment_records", SOURCE, "trigger", HALVE
    ),
    "trigger with a condition": Gap(
        "create or replace trigger record_update after update on curtailment_records"
        " referencing old table as old_rows new table as new_rows for each statement"
        " when (current_user <> 'postgres') execute function recon.record_changes('source');"
        " alter table curtailment_records enable always trigger record_update",
        SOURCE,
        "trigger",
        HALVE,
    ),
    "trigger of some columns": Gap(
        "drop trigger record_change on recon.block_rewards;"
        " create trigger record_change after update of from_date on recon.block_rewards"
        " for each statement execute function recon.record_every_day('block_reward');"
        " alter table recon.block_rewards enable always trigger record_change",
        "recon.block_rewards",
        "trigger",
        "update recon.block_rewards set block_reward_btc = block_reward_btc * 2",
    ),
    "trigger of another function": Gap(
        "create function public.nothing() returns trigger language plpgsql as"
        " 'begin return null; end';"
        " create or replace trigger record_update after update on curtailment_records"
        " for each statement execute function public.nothing();"
        " alter table curtailment_records enable always trigger record_update",
        SOURCE,
        "trigger",
        HALVE,
    ),
    "difficulty unwatched": Gap(
        "alter table recon.network_difficulties disable trigger all",
        "recon.network_difficulties",
        "trigger",
        NEW_DIFFICULTY,
    ),
    "models unwatched": Gap(
        "alter table recon.miner_models disable trigger all",
        "recon.miner_models",
        "trigger",
        "update recon.miner_models set power_watts = 1000",
    ),
    "results unwatched": Gap(
        "alter table historical_bitcoin_calculations disable trigger all",
        STORED,
        "trigger",
        FALSIFY,
    ),
    "results' condition changed": Gap(
        "create or replace trigger record_update after update on historical_bitcoin_calculations"
        " referencing old table as old_rows new table as new_rows for each statement"
        " when (false) execute function recon.record_changes('calculation');"
        " alter table historical_bitcoin_calculations enable always trigger record_update",
        STORED,
        "trigger",
        FALSIFY,
    ),
    "summaries unwatched": Gap(
        "alter table bitcoin_daily_summaries disable trigger all",
        DAILY,
        "trigger",
        "update bitcoin_daily_summaries set bitcoin_mined = 0",
    ),
    "source swapped": Gap(copied(SOURCE), SOURCE, "swapped", HALVE, stops=True),
    "results swapped": Gap(copied(STORED), STORED, "swapped", FALSIFY, stops=True),
    "summaries swapped": Gap(
        copied(DAILY),
        DAILY,
        "trigger",
        "update bitcoin_daily_summaries set bitcoin_mined = 0",
    ),
    "difficulty swapped": Gap(
        copied("recon.network_difficulties"),
        "recon.network_difficulties",
        "swapped",
        NEW_DIFFICULTY,
        stops=True,
    ),
    "results' key lost": Gap(
        "alter table historical_bitcoin_calculations"
        " drop constraint historical_bitcoin_calculations_pkey",
        STORED,
        "key",
        f"set recon.own_write = 'on'; {TWICE}; reset recon.own_write",
        "adopt",
        stops=True,
    ),
    "results' check lost": Gap(
        "alter table historical_bitcoin_calculations drop constraint difficulty_is_positive",
        STORED,
        "check",
        "select",
        "adopt",
    ),
    "source's index lost": Gap(
        "alter table curtailment_records drop constraint curtailment_records_pkey",
        SOURCE,
        "index",
        "select",
        "adopt",
    ),
    "summaries' index lost": Gap(
        "alter table bitcoin_daily_summaries drop constraint bitcoin_daily_summaries_pkey",
        DAILY,
        "index",
        "select",
        "adopt",
    ),
    "months' triggers lost": Gap(
        "drop trigger record_refresh on bitcoin_monthly_summaries",
        "public.bitcoin_monthly_summaries",
        "trigger",
        "update bitcoin_monthly_summaries set bitcoin_mined = 0",
    ),
    "key of the sums lost": Gap(
        "alter table recon.daily_sums drop constraint daily_sums_pkey",
        "recon.daily_sums",
        "key",
        "select",
        "alter table recon.daily_sums add primary key (summary_date, miner_model)",
        stops=True,
    ),
    "difficulty's key lost": Gap(
        "alter table recon.network_difficulties drop constraint network_difficulties_pkey",
        "recon.network_difficulties",
        "key",
        "select",
        "alter table recon.network_difficulties add primary key (settlement_date)",
        stops=True,
    ),
    "results rounded by their column": Gap(
        "alter table historical_bitcoin_calculations alter bitcoin_mined type numeric(20, 6)",
        STORED,
        "column",
        "select",
        "alter table historical_bitcoin_calculations alter bitcoin_mined type numeric;"
        " select recon.verify()",
    ),
    "source unlogged": Gap(
        "alter table curtailment_records set unlogged",
        SOURCE,
        "unlogged",
        "select",
        "alter table public.curtailment_records set logged",
    ),
    "log unlogged": Gap(
        "alter table recon.changes set unlogged",
        "recon.changes",
        "log",
        "select",
        "alter table recon.changes set logged",
    ),
    "log with a trigger that drops": Gap(
        "create function public.drop_it() returns trigger language plpgsql as"
        " 'begin return null; end';"
        " create trigger drop_it before insert on recon.changes for each row"
        " execute function public.drop_it()",
        "recon.changes",
        "log",
        HALVE,
        "drop trigger drop_it on recon.changes; select recon.verify()",
    ),
    "a child appears": Gap(
        "create table public.child () inherits (curtailment_records)",
        "public.child",
        "partition",
        "insert into child (id, settlement_date, settlement_period, farm_id, volume, payment)"
        " values (1, '2025-03-01', 9, 'T_CHILD-1', -3, 0),"
        " (2, '2025-03-02', 9, 'T_CHILD-1', -3, 0)",
        "run",
    ),
    "a child of the results appears": Gap(
        "create table public.child () inherits (historical_bitcoin_calculations)",
        "public.child",
        "partition",
        "insert into child select settlement_date, settlement_period, 'T_GONE', miner_model, 1, 1"
        " from only historical_bitcoin_calculations where settlement_period = 1",
        "run",
    ),
}


def say_so(db: Connection, url: str, gap: Gap, key: tuple[str, str]) -> None:
    """All that looks names it, and nothing says that all is well."""
    doctor = db.execute("select * from recon.doctor() where subject = 'capture'").fetchall()
    assert {row["outcome"] for row in doctor} == {"failure"}
    assert any(row["finding"].startswith(f"{key[0]}: ") and row["next_step"] for row in doctor)
    alert = db.execute("select * from recon.alerts where name = 'capture_gaps'").fetchone()
    assert alert is not None
    assert alert["severity"] == "critical"
    assert key[0] in alert["finding"]
    metric = "select value from recon.metrics where name = 'recon_kit_alert_value'"
    assert value(db, f"{metric} and labels ->> 'alert' = 'capture_gaps'") >= 1
    assert value(db, "select capture_gaps from recon.status()") >= 1
    analyzed = db.execute("select * from recon.analyze() where severity = 'critical'").fetchall()
    assert key[0] in {row["subject"] for row in analyzed}
    verdict = db.execute("select * from recon.report_verdict()").fetchone()
    assert verdict is not None
    assert verdict["grade"] == "work remains"
    assert "pass unnoticed" in verdict["verdict"]
    for depth in ("cells", "fingerprints"):
        with db.transaction(force_rollback=True):
            if gap.stops and gap.reason != "key":
                with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match=key[0]):
                    db.execute("select recon.verify(depth => %s)", (depth,))
            else:
                findings = db.execute("select finding from recon.verify(depth => %s)", (depth,))
                assert any(
                    row["finding"].startswith(f"capture gap: {key[0]}: ") for row in findings
                )


@pytest.mark.parametrize("name", GAPS)
def test_what_capture_cannot_see_is_said_and_the_next_step_mends_it(
    name: str, db: Connection, url: str
) -> None:
    gap = GAPS[name]
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    assert gaps(db) == set()
    with db.transaction():
        db.execute(gap.made.encode())
    assert (gap.table, gap.reason) in gaps(db)
    db.execute(gap.missed.encode())
    say_so(db, url, gap, (gap.table, gap.reason))
    if gap.stops:
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match=gap.table):
            reconcile(db, force=True)
    elif gap.mended != "run":
        with db.transaction(force_rollback=True):
            run = value(db, "select recon.start_run(null, null, 'recent', false)")
            assert "can pass unnoticed" in value(db, "select recon.run_message(%s)", run)

    if gap.mended == "migrate":
        assert migrate(url).changed
    elif gap.mended == "adopt":
        adopt(url, lambda _: None)
    elif gap.mended != "run":
        db.execute(gap.mended.encode())
    reconcile(db)
    assert gaps(db) == set()
    reconcile(db)
    assert pending(db) == []
    oracle.assert_consistent(db)
    assert db.execute("select * from recon.verify()").fetchall() == []


@pytest.mark.parametrize("name", ["trigger disabled", "source swapped", "results' key lost"])
def test_no_verb_ends_as_if_all_were_well(name: str, db: Connection, url: str) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute(GAPS[name].made.encode())
    codes = {}
    for verb in (
        "status",
        "verify",
        "verify-month 2025-03",
        "analyze",
        "doctor",
        "check",
        "report",
    ):
        done = recon(*verb.split(), url=url)
        codes[verb] = done.returncode
        assert "as it should be" not in done.stdout
        assert "nothing is wrong" not in done.stdout
    for verb in ("reconcile", "date 2025-03-01", "recent", "daily-check"):
        codes[verb] = recon(*verb.split(), url=url).returncode
    assert 0 not in codes.values(), codes
    found = json.loads(recon("status", "--json", url=url).stdout)
    assert {row["table_name"] for row in found["unnoticed"]} == {GAPS[name].table}


def test_a_doubled_day_is_found_cell_by_cell(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    with db.transaction():
        db.execute(GAPS["results' key lost"].made.encode())
    db.execute(GAPS["results' key lost"].missed.encode())
    found = db.execute("select * from recon.verify() where finding = 'duplicate'").fetchall()
    assert [(row["settlement_date"], row["cells"]) for row in found] == [
        (MARCH_1, 36),
        (MARCH_2, 36),
    ]
    assert pending(db) == [MARCH_1, MARCH_2]


def test_the_catalogue_has_every_trigger(db: Connection) -> None:
    """What a deploy puts on the tables is what capture_gaps asks for, and no other."""
    made = db.execute(
        "select t.tgrelid::regclass::text as table_name, t.tgname::text as name from pg_trigger t"
        " join pg_proc p on p.oid = t.tgfoid where p.pronamespace = 'recon'::regnamespace"
        " and p.proname ~ '^(record|require|judge|queue)_'"
    ).fetchall()
    asked = db.execute(
        "select relation::regclass::text as table_name, trigger_name as name"
        " from recon.capture_triggers"
    ).fetchall()
    beside = {  # what only has writers take turns, or judges what is stored again
        ("recon.settings", "queue_difficulties"),
        ("recon.retargets", "queue_difficulties"),
        ("recon.retargets", "judge_difficulties"),
    }
    assert {tuple(row.values()) for row in made} - beside == {tuple(row.values()) for row in asked}


def test_a_rule_on_the_log_is_a_gap(db: Connection) -> None:
    db.execute("create rule drop_it as on insert to recon.changes do instead nothing")
    assert gaps(db) == {("recon.changes", "log")}


def test_a_table_that_is_not_there_is_an_error_of_every_verb(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute("create schema app; alter table curtailment_records set schema app")
    found = db.execute("select * from recon.capture_gaps()").fetchone()
    assert found is not None
    assert (found["table_name"], found["reason"]) == (SOURCE, "absent")
    assert "app.curtailment_records" in found["next_step"]
    for verb in ("status", "verify", "analyze", "doctor", "check", "report", "reconcile"):
        assert recon(*verb.split(), url=url).returncode != 0, verb
    db.execute("alter table app.curtailment_records set schema public")
    assert gaps(db) == set()


def test_to_ask_takes_no_lock_and_writes_nothing(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    with db.transaction(force_rollback=True):
        db.execute("select recon.mend_capture()")
        locks = "select count(*) from pg_locks where pid = pg_backend_pid() and mode in"
        assert value(db, f"{locks} ('ShareRowExclusiveLock', 'AccessExclusiveLock')") == 0
        assert value(db, "select pg_current_xact_id_if_assigned()") is None


# ---------------------------------------------------------------------------------- own writes


@pytest.fixture(scope="module")
def owned_server() -> Iterator[str]:
    """A server on which a role without special rights may own a database."""
    with throwaway_server(options={"wal_level": "logical"}) as server:
        with connect(server.url()) as admin:
            admin.execute("create role platform login")
            admin.execute("create role writer login")
        yield server.url()


@pytest.fixture
def owned(owned_server: str) -> Iterator[Connection]:
    """A database of the role platform, with the kit deployed by it and two days reconciled."""
    with connect(owned_server) as admin:
        admin.execute("drop database if exists owned")
        admin.execute("create database owned owner platform")
    url = make_conninfo(owned_server, dbname="owned", user="platform")
    with connect(make_conninfo(owned_server, dbname="owned")) as admin:
        admin.execute("grant create on schema public to platform")
    migrate(url)
    with connect(url) as db:
        days(db, MARCH_1, MARCH_2)
        reconcile(db)
        yield db


def test_a_writer_cannot_say_that_a_write_is_the_kits_own(owned: Connection) -> None:
    owned.execute(
        "grant select, insert, update, delete, truncate on historical_bitcoin_calculations,"
        " bitcoin_daily_summaries to writer"
    )
    statements = [
        FALSIFY,
        "delete from historical_bitcoin_calculations where miner_model = 'S9'",
        "insert into historical_bitcoin_calculations values ('2025-03-05', 1, 'X', 'S9', 1, 1)",
        "truncate historical_bitcoin_calculations",
        "update bitcoin_daily_summaries set bitcoin_mined = 0",
        "delete from bitcoin_daily_summaries where miner_model = 'S9'",
        "truncate bitcoin_daily_summaries",
    ]
    with connect(make_conninfo(owned.info.dsn, user="writer")) as writer:
        writer.execute("set recon.own_write = 'on'")
        for statement in statements:
            assert pending(owned) == []
            writer.execute(statement.encode())
            assert pending(owned), statement
            reconcile(owned)
    oracle.assert_consistent(owned)


def test_what_a_platforms_trigger_writes_in_a_run_is_noted(owned: Connection) -> None:
    owned.execute(f"{FALSIFY} where settlement_date = '2025-03-01'".encode())
    owned.execute(
        "create function public.meddle() returns trigger language plpgsql as $$ begin"
        " update public.historical_bitcoin_calculations set bitcoin_mined = 7"
        " where settlement_date = '2025-03-02'; return null; end $$;"
        " create trigger meddle after update on historical_bitcoin_calculations"
        " for each statement when (pg_trigger_depth() = 0) execute function public.meddle()"
    )
    reconcile(owned)
    assert pending(owned) == [MARCH_2]


def test_the_owner_may_get_another_name(owned: Connection, owned_server: str) -> None:
    with connect(owned_server) as admin:
        admin.execute("alter role platform rename to landlord")
    try:
        with connect(make_conninfo(owned.info.dsn, user="landlord")) as landlord:
            landlord.execute(FALSIFY)
            reconcile(landlord)
            assert pending(landlord) == []
            oracle.assert_consistent(landlord)
    finally:
        with connect(owned_server) as admin:
            admin.execute("alter role landlord rename to platform")


# -------------------------------------------------------------------------------- row security

POLICY = "create policy part on {} using (false) with check (true)"
READS = [
    "call recon.reconcile(force => true)",
    "call recon.reconcile_date('2025-03-01')",
    "call recon.reconcile_critical('2025-03-01')",
    "select * from recon.spot_fix('2025-03-01', 1, 'T_FARM-0')",
    "select recon.reconcile_days(array['2025-03-01'::date])",
    "select recon.verify()",
    "select recon.verify(depth => 'fingerprints')",
    "select recon.gaps()",
    "select recon.gap_counts()",
    "select recon.plan(force => true)",
    "select recon.explain('2025-03-01', 1, 'T_FARM-0')",
    "select recon.judged_cells('2025-03-01')",
]


@pytest.mark.parametrize(
    "table", ["curtailment_records", "historical_bitcoin_calculations", "recon.miner_models"]
)
def test_a_policy_never_leaves_a_part_of_the_truth(owned: Connection, table: str) -> None:
    before = value(owned, "select count(*) from historical_bitcoin_calculations")
    run = value(owned, "select recon.start_run(null, null, 'recent', true)")
    with owned.transaction():
        owned.execute(POLICY.format(table).encode())
        owned.execute(f"alter table {table} enable row level security".encode())
        owned.execute(f"alter table {table} force row level security".encode())
    name = table if "." in table else f"public.{table}"
    assert (name, "row security") in gaps(owned)
    for statement in READS:
        with pytest.raises(psycopg.Error, match=r"row.level security|row security"):
            owned.execute(statement.encode())
    owned.execute("select recon.reconcile_batch(%s, 10)", (run,))
    assert value(owned, "select count(*) from recon.days where outcome = 'failed'") == 2
    owned.execute(f"alter table {table} no force row level security".encode())
    assert value(owned, "select count(*) from historical_bitcoin_calculations") == before
    assert gaps(owned) == set()


# ---------------------------------------------------------------------------------- partitions

PARTITIONED = """
create table curtailment_records (
  id bigint generated always as identity,
  settlement_date date not null,
  settlement_period integer not null,
  farm_id text not null,
  lead_party_name text,
  volume numeric not null,
  payment numeric not null,
  original_price numeric,
  final_price numeric,
  so_flag boolean,
  cadl_flag boolean,
  created_at timestamptz default now()
) partition by range (settlement_date);
create index on curtailment_records (settlement_date);
create table cr_2025_03 partition of curtailment_records
  for values from ('2025-03-01') to ('2025-04-01');
create table cr_2025_04 partition of curtailment_records
  for values from ('2025-04-01') to ('2025-05-01') partition by list (farm_id);
create table cr_2025_04_a partition of cr_2025_04 default;
"""


@pytest.fixture(scope="module")
def parted_for_all(bare: NoopExecutor) -> Iterator[str]:
    """The name of a platform whose records are in partitions, two deep, two days reconciled."""
    name = f"{bare.dbname}_parted"
    with copy_of(bare.template_dbname, bare, name) as url:
        with connect(url) as db:
            db.execute(PARTITIONED)
            migrate(url)
            days(db, MARCH_1, MARCH_2)
            reconcile(db)
            assert gaps(db) == set()
            assert pending(db) == []
        yield name


@pytest.fixture
def parted_url(bare: NoopExecutor, parted_for_all: str) -> Iterator[str]:
    """A copy of it."""
    with copy_of(parted_for_all, bare, bare.dbname) as url:
        yield url


@pytest.fixture
def parted(parted_url: str) -> Iterator[Connection]:
    """A connection to the copy."""
    with connect(parted_url) as db:
        yield db


ROW = "(settlement_date, settlement_period, farm_id, volume, payment)"
ROW_ID = ROW.replace("(", "(id, ") + " overriding system value"


@pytest.mark.parametrize(
    "statement",
    [
        "update cr_2025_03 set volume = volume * 2",
        "delete from cr_2025_03 where settlement_period = 1",
        f"insert into cr_2025_03 {ROW_ID} values (-1, '2025-03-03', 1, 'T_X-1', -1, 0)",
        f"insert into cr_2025_04 {ROW_ID} values (-1, '2025-04-03', 1, 'T_X-1', -1, 0)",
        f"insert into cr_2025_04_a {ROW_ID} values (-1, '2025-04-03', 1, 'T_X-1', -1, 0)",
        f"insert into curtailment_records {ROW} values ('2025-04-03', 1, 'T_X-1', -1, 0)",
        "update curtailment_records set settlement_date = settlement_date + 40"
        " where settlement_period = 1",
        "truncate cr_2025_03",
        "truncate curtailment_records",
        "merge into cr_2025_03 c using (values (1)) v (n) on c.settlement_period = v.n"
        " when matched then update set volume = 1",
    ],
)
def test_a_change_straight_in_a_partition_is_noted(parted: Connection, statement: str) -> None:
    parted.execute(statement.encode())
    assert pending(parted) or value(parted, "select count(*) from recon.changes")
    reconcile(parted)
    oracle.assert_consistent(parted)


NEW_PART = (
    "create table cr_2025_05 (like curtailment_records including all excluding identity);"
    " insert into cr_2025_05 (id, settlement_date, settlement_period, farm_id, volume, payment)"
    " values (1, '2025-05-05', 1, 'T_NEW-1', -4, 0);"
    " alter table curtailment_records attach partition cr_2025_05"
    " for values from ('2025-05-01') to ('2025-06-01')"
)


@pytest.mark.parametrize("by", ["run", "deploy"])
def test_a_new_partition_is_a_gap_until_a_run_or_deploy_sees_to_it(
    parted: Connection, by: str
) -> None:
    parted.execute("insert into recon.network_difficulties values ('2025-05-05', 110568428300952)")
    reconcile(parted)
    parted.execute(NEW_PART.encode())
    assert gaps(parted) == {("public.cr_2025_05", "partition")}
    if by == "deploy":
        migrate(parted.info.dsn)
        assert [str(day) for day in pending(parted)] == ["2025-05-05"]
    done = reconcile(parted)
    assert "pass unnoticed" not in done["message"]
    assert gaps(parted) == set()
    oracle.assert_consistent(parted)
    parted.execute("update cr_2025_05 set volume = -5")
    assert [str(day) for day in pending(parted)] == ["2025-05-05"]


@pytest.mark.parametrize(
    "statement",
    [
        "alter table curtailment_records detach partition cr_2025_03",
        "drop table cr_2025_03",
    ],
)
def test_a_partition_that_goes_takes_its_records_with_it(
    parted: Connection, statement: str
) -> None:
    parted.execute(statement.encode())
    assert gaps(parted) == {("public.cr_2025_03", "partition")}
    found = {row["finding"] for row in parted.execute("select finding from recon.verify()")}
    assert "orphan" in found
    parted.execute("delete from recon.changes")
    reconcile(parted)
    assert gaps(parted) == set()
    assert value(parted, "select count(*) from historical_bitcoin_calculations") == 0
    oracle.assert_consistent(parted)


def test_a_partition_whose_triggers_were_off_may_have_lost_a_date(parted: Connection) -> None:
    parted.execute("alter table cr_2025_03 disable trigger all")
    parted.execute("delete from cr_2025_03 where settlement_date = '2025-03-01'")
    assert gaps(parted) == {("public.cr_2025_03", "partition")}
    reconcile(parted)
    assert gaps(parted) == set()
    oracle.assert_consistent(parted)


def test_a_run_does_not_wait_for_a_writer_of_a_new_partition(
    parted: Connection, parted_url: str
) -> None:
    """It says so, and the next one marks every date: what was deleted meanwhile left no trace."""
    parted.execute("update recon.settings set lock_timeout = '100 milliseconds'")
    parted.execute(NEW_PART.encode())
    with connect(parted_url) as writer:
        with writer.transaction():
            writer.execute("lock table cr_2025_05 in row exclusive mode")
            assert "can pass unnoticed" in reconcile(parted)["message"]
        assert gaps(parted) == {("public.cr_2025_05", "partition")}
    reconcile(parted)
    assert gaps(parted) == set()


def test_a_partition_of_another_owner_is_named_and_nothing_fails(owned: Connection) -> None:
    owned.execute("create table child () inherits (curtailment_records)")
    with connect(make_conninfo(owned.info.dsn, user="postgres")) as admin:
        admin.execute("alter table child owner to postgres")
        admin.execute("grant select on child to platform")
    assert "can pass unnoticed" in reconcile(owned)["message"]
    assert gaps(owned) == {("public.child", "partition")}


# ------------------------------------------------------------------------------- other schemas


@pytest.mark.parametrize(
    "made",
    [
        "create table app.curtailment_records (settlement_date date)",
        "create view app.curtailment_records as select 1 as n",
        "create table app.historical_bitcoin_calculations (settlement_date date)",
        "create table app.bitcoin_daily_summaries (summary_date date)",
        "create materialized view app.bitcoin_monthly_summaries as select 1 as n",
    ],
)
def test_tables_of_another_schema_are_not_passed_over(bare_url: str, made: str) -> None:
    with connect(bare_url) as db:
        db.execute(f"create schema app; {made}".encode())
        with pytest.raises(ReconError, match=r"is app\.\w+, in a schema where"):
            migrate(bare_url)
        assert value(db, "select to_regclass('public.curtailment_records')") is None
        obstacles = [row for row in examine(bare_url) if row["state"] == "obstacle"]
        assert len(obstacles) == 1
        assert "app." in obstacles[0]["finding"]


def test_empty_twins_of_tables_in_another_schema_are_named(db: Connection) -> None:
    db.execute("create schema app; create table app.curtailment_records (settlement_date date)")
    assert gaps(db) == {(SOURCE, "elsewhere")}
    record(db)
    assert gaps(db) == set(), "a copy beside a table that is in use is nobody's concern"


# ------------------------------------------------------------------------------- subscriptions

FED = (
    "curtailment_records, recon.network_difficulties, recon.miner_models, recon.block_rewards,"
    " recon.difficulty_decisions"
)
AT_THE_PUBLISHER = [
    "update curtailment_records set volume = volume * 2 where settlement_date = '2025-03-01'",
    "delete from curtailment_records where settlement_date = '2025-03-02'",
    "update curtailment_records set settlement_date = '2025-03-02' where settlement_period = 1",
    "update recon.network_difficulties set difficulty = difficulty * 2",
    "update recon.miner_models set power_watts = 1000 where miner_model = 'S9'",
    "delete from recon.miner_models where miner_model = 'M20S'",
    "insert into recon.miner_models values ('S21', 200, 3500)",
    "update recon.block_rewards set block_reward_btc = 3 where from_date = '2024-04-20'",
    "truncate curtailment_records",
]


def database(server: str, name: str) -> str:
    with connect(server) as admin:
        admin.execute(f"create database {name}".encode())
    url = make_conninfo(server, dbname=name)
    migrate(url)
    return url


@pytest.fixture
def fed(owned_server: str) -> Iterator[tuple[Connection, Connection]]:
    """A publisher and a subscriber, both with the kit, on one server."""
    with (
        connect(database(owned_server, "publisher")) as publisher,
        connect(database(owned_server, "subscriber")) as subscriber,
    ):
        publisher.execute("set synchronous_commit = on")  # what it has committed is in the log then
        days(publisher, MARCH_1, MARCH_2)
        for table in ("recon.miner_models", "recon.block_rewards"):
            subscriber.execute(f"delete from {table}".encode())
        publisher.execute(f"create publication fed for table {FED}".encode())
        publisher.execute("select pg_create_logical_replication_slot('fed', 'pgoutput')")
        place = conninfo_to_dict(owned_server)
        subscriber.execute(
            f"create subscription fed connection 'host={place['host']} port={place['port']}"
            " user=postgres dbname=publisher' publication fed"
            " with (create_slot = false, slot_name = 'fed')".encode()
        )
        yield publisher, subscriber
        subscriber.execute("alter subscription fed disable")
        subscriber.execute("alter subscription fed set (slot_name = none)")
        subscriber.execute("drop subscription fed")
        slot = "select active_pid from pg_replication_slots where slot_name = 'fed'"
        wait_for(lambda: value(publisher, slot) is None)
        publisher.execute("select pg_drop_replication_slot('fed')")
    with connect(owned_server) as admin:
        admin.execute("drop database publisher with (force)")
        admin.execute("drop database subscriber with (force)")


def caught_up(publisher: Connection, subscriber: Connection) -> None:
    """Waits until the subscriber has what the publisher has committed."""
    ready = "select bool_and(srsubstate = 'r') from pg_subscription_rel"
    wait_for(lambda: value(subscriber, ready), 60)
    here = value(publisher, "select pg_current_wal_lsn()::text")
    flushed = "select confirmed_flush_lsn >= %s::pg_lsn from pg_replication_slots"
    wait_for(lambda: value(publisher, f"{flushed} where slot_name = 'fed'", here), 60)


def test_what_a_subscription_brings_is_noted(fed: tuple[Connection, Connection]) -> None:
    publisher, subscriber = fed
    assert (SOURCE, "subscription") in gaps(subscriber)
    assert ("recon.miner_models", "subscription") in gaps(subscriber)
    caught_up(publisher, subscriber)
    assert "pass unnoticed" not in reconcile(subscriber)["message"], "the run has seen to it"
    assert gaps(subscriber) == set()
    reconcile(subscriber)
    assert value(subscriber, "select count(*) from historical_bitcoin_calculations") == 72
    for statement in AT_THE_PUBLISHER:
        assert pending(subscriber) == []
        publisher.execute(statement.encode())
        caught_up(publisher, subscriber)
        assert value(subscriber, "select count(*) from recon.changes") > 0, statement
        per_date = "select max(n) from (select count(*) n from recon.changes"
        assert value(subscriber, f"{per_date} group by settlement_date, miner_model) c") == 1
        reconcile(subscriber, force=False)
        oracle.assert_consistent(subscriber)
        assert subscriber.execute("select * from recon.verify()").fetchall() == []


def test_rows_of_replicas_are_noted_where_that_is_asked_for(db: Connection, url: str) -> None:
    """Other replication than PostgreSQL's own is found nowhere in the catalog."""
    triggers = "select count(*) from pg_trigger where tgname = 'record_rows' and tgenabled = 'R'"
    assert value(db, triggers) == 0
    db.execute("update recon.settings set replica_triggers = true")
    migrate(url)
    assert value(db, triggers) == 6
    assert gaps(db) == set()
    days(db, MARCH_1)
    reconcile(db)
    db.execute("set session_replication_role = replica")
    db.execute("alter table curtailment_records disable trigger record_update")
    db.execute(HALVE.encode())
    assert pending(db) == [MARCH_1]
    reconcile(db)
    assert pending(db) == [], "a run in such a session does not note its own writes"
