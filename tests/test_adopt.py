"""A platform's own tables become the kit's: nothing of theirs is lost, nobody waits for long."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from recon_kit import adopt as adopting
from recon_kit.adopt import Adoption, adopt, confirm, examine, undo
from recon_kit.db import Connection, connect
from recon_kit.errors import BusyError, ReconError
from recon_kit.migrate import migrate
from tests import oracle, original
from tests.catalog import catalog
from tests.commands import ROOT, call, environment
from tests.original import FIRST, difficulties
from tests.world import length, only_long, pending, reconcile, until, value

PATIENCE = 5.0
"""Seconds that nobody waits for longer: half of one for a lock, and a deploy on a busy machine."""


@pytest.fixture
def db(bare_url: str) -> Iterator[Connection]:
    """A connection to a database without the kit."""
    with connect(bare_url) as connection:
        yield connection


@pytest.fixture
def platform(db: Connection) -> Connection:
    """A small platform."""
    original.build(db, days=6, farms=6)
    return db


def everything(db: Connection) -> list[str]:
    """The schema, the rows, and where the sequences stand."""
    sequences = (
        "select format('%s at %s', s.sequencename, s.last_value) as line from pg_sequences s"
    )
    return [*catalog(db), *sorted(row["line"] for row in db.execute(sequences.encode()))]


def to_do(url: str) -> list[tuple[str, str]]:
    return [(row["step"], row["table_name"]) for row in examine(url) if row["state"] == "to do"]


def quietly(url: str) -> Adoption:
    return adopt(url, lambda _: None)


def recon(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return call(arguments, environment(url))


def source_hash(db: Connection, up_to: int) -> Any:
    return value(
        db,
        "select md5(string_agg(r::text, '/' order by r.id)) from curtailment_records r"
        " where r.id <= %s",
        up_to,
    )


def assert_promises_hold(db: Connection) -> None:
    """Every expected cell right and none other, summaries exact but for those of no day."""
    db.execute("delete from bitcoin_daily_summaries b where not recon.has_day(b.summary_date)")
    assert pending(db) == []
    assert value(db, "select count(*) from recon.gaps()") == 0
    assert db.execute("select * from recon.verify(depth => 'cells')").fetchall() == []
    assert db.execute("select * from recon.verify(depth => 'fingerprints')").fetchall() == []


# ----------------------------------------------------------------------------------- the whole


class Traffic:
    """The platform at work: what its clients do meanwhile, and how long they wait."""

    STATEMENTS = (
        "insert into curtailment_records (settlement_date, settlement_period, farm_id, volume,"
        " payment, original_price, final_price) values (%(day)s, %(n)s %% 46 + 1, 'T_LIVE-1', -5,"
        " 350, -70, -70) returning id",
        "insert into historical_bitcoin_calculations (settlement_date, settlement_period, farm_id,"
        " miner_model, bitcoin_mined, difficulty, value_at_mining) values (%(day)s,"
        " %(n)s %% 46 + 1, 'T_LIVE-' || %(n)s, 'S9', 0.001, 1, 10) returning id",
        "update historical_bitcoin_calculations set value_at_mining = 11 where id = %(n)s * 7",
        "select id, settlement_date, farm_id, volume, so_flag, created_at"
        " from curtailment_records where settlement_date = %(first)s and farm_id = 'T_FARM-1'",
        "select id, miner_model, bitcoin_mined, value_at_mining"
        " from historical_bitcoin_calculations where id = %(n)s",
    )
    SUMMARIES = (
        "select summary_date, miner_model, bitcoin_mined from bitcoin_daily_summaries"
        " where summary_date = %(first)s",
        "select year_month, miner_model, bitcoin_mined from bitcoin_monthly_summaries"
        " where year_month = '2024-01'",
        "select year, miner_model, bitcoin_mined from bitcoin_yearly_summaries where year = '2024'",
    )

    def __init__(self, url: str) -> None:
        self._url, self._stop = url, threading.Event()
        self.longest, self.done = 0.0, 0

    def __enter__(self) -> Traffic:
        self._pool = ThreadPoolExecutor(len(self.STATEMENTS) + 1)
        self._clients = [self._pool.submit(self._client, (s,)) for s in self.STATEMENTS]
        self._clients.append(self._pool.submit(self._client, self.SUMMARIES))
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        for client in self._clients:
            longest, done = client.result()
            self.longest = max(self.longest, longest)
            self.done += done

    def _client(self, statements: tuple[str, ...]) -> tuple[float, int]:
        longest, done = 0.0, 0
        day = FIRST - timedelta(days=10)
        with psycopg.connect(self._url, autocommit=True, prepare_threshold=None) as connection:
            while not self._stop.is_set():
                done += 1
                for statement in statements:
                    started = time.monotonic()
                    found = connection.execute(
                        statement.encode(), {"day": day, "first": FIRST, "n": done}
                    )
                    longest = max(longest, time.monotonic() - started)
                    if statement in self.SUMMARIES:
                        assert len(found.fetchall()) >= 3
                time.sleep(0.01)
        return longest, done


SIZES = [
    pytest.param(20, 22, id="20,000"),
    pytest.param(
        length(100, 365),
        42,
        id="700,000 a year",
        marks=[only_long, pytest.mark.torture, pytest.mark.timeout(1800)],
    ),
]


@pytest.mark.parametrize(("days", "farms"), SIZES)
def test_damaged_platform_is_adopted_beside_its_own_reads_and_writes(
    days: int, farms: int, bare_url: str, db: Connection
) -> None:
    original.build(db, days=days, farms=farms)
    records = value(db, "select max(id) from curtailment_records")
    source = source_hash(db, records)
    db.execute("create table before as select * from historical_bitcoin_calculations")
    for name in ("daily", "monthly", "yearly"):
        db.execute(f"create table {name}_before as table bitcoin_{name}_summaries".encode())

    with Traffic(bare_url) as traffic:
        done = quietly(bare_url)
    assert traffic.done > 20
    assert traffic.longest < PATIENCE
    assert max(s.longest_lock for s in done.steps if s.lock_mode == "access exclusive") < PATIENCE
    assert to_do(bare_url) == []

    kept = "recon_legacy.historical_bitcoin_calculations"
    lost = value(
        db,
        "select count(*) from before b"
        " where not exists (select from historical_bitcoin_calculations h where h.id = b.id)"
        f" and not exists (select from {kept} k where k.calculation->>'id' = b.id::text"
        " and (k.calculation - 'value_at_mining') = (to_jsonb(b) - 'value_at_mining'))",
    )
    assert lost == 0
    why = {row["reason"] for row in db.execute(f"select distinct reason from {kept}".encode())}
    assert why == {"duplicate", "impossible", "incomplete", "no source", "unknown model"}
    for name in ("daily", "monthly", "yearly"):
        for table in ("recon_legacy", "public"):
            same = f"table {name}_before except table {table}.bitcoin_{name}_summaries"
            assert not db.execute(same.encode()).fetchall()

    difficulties(db)
    assert reconcile(db)["outcome"] == "complete"
    assert_promises_hold(db)
    if days < 100:
        oracle.assert_consistent(db)
    assert source_hash(db, records) == source
    changed = value(
        db,
        "select count(*) from before b join historical_bitcoin_calculations h using (id)"
        " where (b.bitcoin_mined, b.difficulty) is distinct from (h.bitcoin_mined, h.difficulty)"
        " and not exists (select from recon.repairs r"
        " where (r.settlement_date, r.settlement_period, r.farm_id, r.miner_model)"
        " = (b.settlement_date, b.settlement_period, b.farm_id, b.miner_model)"
        " and (r.bitcoin_mined_before, r.difficulty_before) = (b.bitcoin_mined, b.difficulty))",
    )
    assert changed == 0


def test_the_platforms_own_statements_work_afterwards(bare_url: str, platform: Connection) -> None:
    """As its query builder sends them."""
    platform.execute(
        "create unique index their_own_key on historical_bitcoin_calculations (id, miner_model)"
    )
    quietly(bare_url)
    difficulties(platform)
    reconcile(platform)
    record = platform.execute(
        'insert into "curtailment_records" ("id", "settlement_date", "settlement_period",'
        ' "farm_id", "lead_party_name", "volume", "payment", "original_price", "final_price",'
        ' "so_flag", "cadl_flag", "created_at") values (default, %s, %s, %s, default, %s, %s, %s,'
        ' %s, %s, default, default) returning "id"',
        (FIRST, 7, "T_FARM-1", "-12.5", "875", "-70", "-70", True),
    ).fetchone()
    assert record is not None
    calculation = platform.execute(
        'insert into "historical_bitcoin_calculations" ("id", "settlement_date",'
        ' "settlement_period", "farm_id", "miner_model", "bitcoin_mined", "difficulty",'
        ' "calculated_at", "value_at_mining") values (default, %s, %s, %s, %s, %s, %s, default,'
        ' default) on conflict ("settlement_date", "settlement_period", "farm_id", "miner_model")'
        ' do update set "bitcoin_mined" = %s returning "id"',
        (FIRST, 7, "T_FARM-1", "S9", "0.5", "1", "0.5"),
    ).fetchone()
    assert calculation is not None
    assert platform.execute(
        'select "id", "value_at_mining", "calculated_at" from "historical_bitcoin_calculations"'
        ' where "id" = %s',
        (calculation["id"],),
    ).fetchone()
    assert pending(platform) == [FIRST]
    reconcile(platform)
    assert_promises_hold(platform)
    monthly = platform.execute(
        'select "year_month", "miner_model", sum("bitcoin_mined"::numeric)'
        ' from "bitcoin_monthly_summaries" where "year_month" = %s group by 1, 2',
        ("2024-01",),
    ).fetchall()
    assert len(monthly) == 3


def test_a_key_under_another_name_is_kept_and_used(bare_url: str, platform: Connection) -> None:
    platform.execute(
        "delete from historical_bitcoin_calculations h using historical_bitcoin_calculations o"
        " where o.id > h.id and (h.settlement_date, h.settlement_period, h.farm_id, h.miner_model)"
        " = (o.settlement_date, o.settlement_period, o.farm_id, o.miner_model)"
    )
    platform.execute(
        "alter table historical_bitcoin_calculations add constraint their_key"
        " unique (settlement_date, farm_id, settlement_period, miner_model)"
    )
    platform.execute("create index their_index on curtailment_records (settlement_date)")
    done = quietly(bare_url)
    assert [step.step for step in done.steps] == [
        "summary index",
        "unfit rows",
        "checks",
        "validation",
        "deploy",
    ]
    difficulties(platform)
    reconcile(platform)
    platform.execute(
        "insert into historical_bitcoin_calculations"
        " (settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined, difficulty)"
        " values (%s, 7, 'T_FARM-1', 'S9', 1, 1) on conflict on constraint their_key"
        " do update set bitcoin_mined = excluded.bitcoin_mined",
        (FIRST,),
    )
    reconcile(platform)
    assert_promises_hold(platform)


def test_tables_of_other_types_are_adopted(bare_url: str, db: Connection) -> None:
    """varchar, timestamps with a zone, identities, prices that are money."""
    tables = original.TABLES
    for old, new in (
        ("id serial primary key", "id bigint generated always as identity primary key"),
        ("farm_id text", "farm_id varchar(40)"),
        ("miner_model text", "miner_model varchar(20)"),
        ("volume numeric", "volume numeric(12, 3)"),
        ("payment numeric", "payment numeric(12, 2)"),
        ("timestamp default", "timestamptz default"),
    ):
        assert old in tables
        tables = tables.replace(old, new)
    original.build(db, days=6, farms=6, tables=tables)
    before = everything(db)
    quietly(bare_url)
    undo(bare_url)
    assert everything(db) == before
    quietly(bare_url)
    difficulties(db)
    assert reconcile(db)["outcome"] == "complete"
    assert_promises_hold(db)
    oracle.assert_consistent(db)
    db.execute("call recon.reconcile_critical('2024-01-02')")
    db.execute("select * from recon.spot_fix('2024-01-02', 1, 'T_FARM-1')")
    db.execute("select * from recon.explain('2024-01-02', 1, 'T_FARM-1')")


def test_who_may_read_the_summaries_may_read_them_afterwards(
    bare_url: str, platform: Connection
) -> None:
    platform.execute("grant select, insert on bitcoin_daily_summaries to public")
    platform.execute("grant select, update on bitcoin_monthly_summaries to public")
    quietly(bare_url)
    granted = platform.execute(
        "select c.relname, g.privilege_type from pg_class c cross join aclexplode(c.relacl) g"
        " where g.grantee = 0 and c.relnamespace = 'public'::regnamespace order by 1, 2"
    ).fetchall()
    assert [tuple(row.values()) for row in granted] == [
        ("bitcoin_daily_summaries", "INSERT"),
        ("bitcoin_daily_summaries", "SELECT"),
        ("bitcoin_monthly_summaries", "SELECT"),
        ("bitcoin_monthly_summaries", "UPDATE"),
    ]


def test_until_the_first_run_summaries_are_the_platforms(
    bare_url: str, platform: Connection
) -> None:
    rows = " union all ".join(
        f"select t::text from bitcoin_{grain}_summaries t"
        for grain in ("daily", "monthly", "yearly")
    )
    before = platform.execute(rows.encode()).fetchall()
    quietly(bare_url)
    migrate(bare_url)
    assert platform.execute(rows.encode()).fetchall() == before
    difficulties(platform)
    reconcile(platform)
    assert_promises_hold(platform)


# --------------------------------------------------------------------------------------- check


def test_check_counts_what_stands_in_the_way_and_changes_nothing(
    bare_url: str, platform: Connection
) -> None:
    """Not even while a writer holds every table: it only reads."""
    before = everything(platform)
    with connect(bare_url) as writer, writer.transaction():
        writer.execute(
            "lock table curtailment_records, historical_bitcoin_calculations,"
            " bitcoin_daily_summaries, bitcoin_monthly_summaries, bitcoin_yearly_summaries"
            " in exclusive mode"
        )
        checked = recon(bare_url, "adopt", "--check", "--json")
    assert (checked.returncode, checked.stderr) == (3, "")
    plan = json.loads(checked.stdout)
    assert everything(platform) == before
    count = {(row["step"], row["finding"]): row["rows"] for row in plan}
    for reason, condition in {
        "incomplete": "num_nulls(miner_model, bitcoin_mined, difficulty) > 0",
        "unknown model": "miner_model not in ('S9', 'M20S', 'S19J_PRO') and bitcoin_mined >= 0"
        " and bitcoin_mined < 'NaN' and difficulty < 'Infinity' and settlement_period < 51",
    }.items():
        expected = value(
            platform,
            f"select count(*) from historical_bitcoin_calculations where {condition}",
        )
        assert count["unfit rows", f"has rows that the kit cannot keep: {reason}"] == expected > 0
    assert {row["step"] for row in plan if row["state"] == "to do"} == {
        "source index",
        "checks",
        "unfit rows",
        "validation",
        "calculation key",
        "summary index",
        "deploy",
    }
    assert [row["finding"] for row in plan if row["state"] == "note"] == [
        "has columns of its own, empty in rows that the kit adds: value_at_mining"
    ]


def test_nothing_stands_in_the_way_of_the_kits_own_tables(url: str, bare_url: str) -> None:
    assert examine(url) == []
    assert recon(url, "adopt", "--check").returncode == 0
    assert examine(bare_url) == []
    done = recon(bare_url, "adopt")
    assert done.returncode == 0, done.stderr
    with connect(bare_url) as connection:
        assert value(connection, "select to_regnamespace('recon_legacy') is null")


OBSTACLES = {
    "create table t (id integer references historical_bitcoin_calculations (id))": (
        "is referred to by foreign key t_id_fkey of public.t"
    ),
    "alter table curtailment_records drop column payment": "is there but has no column payment",
    "alter table historical_bitcoin_calculations alter bitcoin_mined type float8": (
        "has column bitcoin_mined of type double precision, where the kit needs numeric"
    ),
    "alter table historical_bitcoin_calculations add gbp numeric not null default 0;"
    " alter table historical_bitcoin_calculations alter gbp drop default": (
        "has column gbp, which must have a value that the kit does not know"
    ),
    "alter table curtailment_records force row level security": "has row security",
    "alter table curtailment_records rename to c;"
    " create view curtailment_records as select * from c": "is there but is not a table",
}


@pytest.mark.parametrize("statement", OBSTACLES, ids=OBSTACLES.values())
def test_what_a_person_must_see_to_is_named_and_nothing_is_done(
    statement: str, bare_url: str, db: Connection
) -> None:
    original.build(db, days=1, farms=1)
    db.execute(statement.encode())
    before = everything(db)
    checked = recon(bare_url, "adopt", "--check")
    assert checked.returncode == 1, checked.stderr
    assert "obstacle" in checked.stdout
    assert OBSTACLES[statement] in checked.stdout
    with pytest.raises(ReconError, match=OBSTACLES[statement]) as caught:
        quietly(bare_url)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("Nothing was changed. First: ")
    assert everything(db) == before


def test_without_a_database_there_is_nothing_to_adopt() -> None:
    for arguments in (["adopt"], ["adopt", "--check"], ["adopt", "--undo"], ["adopt", "--confirm"]):
        done = call(arguments, environment(None))
        assert done.returncode == 2
        assert "Set DATABASE_URL to the platform's own" in done.stderr


def test_check_tells_who_writes_who_holds_and_who_publishes(
    bare_url: str, platform: Connection
) -> None:
    platform.execute("create publication everything for all tables")
    platform.execute("select pg_stat_force_next_flush()")
    with connect(bare_url) as holder:
        holder.execute("set application_name = 'their report'")
        holder.execute("begin; table bitcoin_yearly_summaries")
        held = f"is in use by process {holder.info.backend_pid} (postgres, their report)"
        until(
            platform,
            "select xact_start < clock_timestamp() - interval '10 seconds'"
            " from pg_stat_activity where pid = %s",
            holder.info.backend_pid,
        )
        told = recon(bare_url, "adopt", "--check").stdout
    assert held in told
    assert "are published by everything" in told
    assert "has been written to since the statistics began" in told


LACKING = {
    "drop lead_party_name": "has no column lead_party_name",
    "drop so_flag": "has no column so_flag",
    "alter so_flag type text using so_flag::text": "has column so_flag of type text",
    "alter cadl_flag type integer using cadl_flag::integer": "has column cadl_flag of type integer",
    "alter original_price type text": "has column original_price of type text",
    "drop settlement_period": "has no column settlement_period",
}


@pytest.mark.parametrize("change", LACKING)
def test_check_and_migrate_agree_on_the_columns_of_the_source(
    change: str, bare_url: str, db: Connection
) -> None:
    original.build(db, days=1, farms=1)
    db.execute(f"alter table curtailment_records {change}".encode())
    checked = recon(bare_url, "adopt", "--check")
    assert checked.returncode == 1
    assert LACKING[change] in checked.stdout
    migrated = recon(bare_url, "migrate")
    assert migrated.returncode == 1
    assert LACKING[change] in migrated.stderr


def test_flags_exclude_each_other(bare_url: str) -> None:
    assert recon(bare_url, "adopt", "--check", "--undo").returncode == 2


# ------------------------------------------------------------------------------- back and forth


def test_undo_puts_back_every_row_and_every_object(bare_url: str, platform: Connection) -> None:
    platform.execute("comment on table bitcoin_daily_summaries is 'theirs'")
    platform.execute("grant select on bitcoin_yearly_summaries to public")
    before = everything(platform)
    quietly(bare_url)
    assert everything(platform) != before
    undo(bare_url)
    assert everything(platform) == before


def test_undo_after_runs_gives_back_shapes_and_what_no_run_has_repaired(
    bare_url: str, platform: Connection
) -> None:
    shape = catalog_of_shapes(platform)
    kept = value(
        platform,
        "select max(id) from historical_bitcoin_calculations where settlement_date = %s",
        FIRST + timedelta(days=1),
    )
    quietly(bare_url)
    removed = "select count(*) from recon_legacy.historical_bitcoin_calculations"
    of_first = value(platform, f"{removed} where settlement_date = %s", FIRST)
    everywhere = value(platform, removed)
    assert everywhere > of_first > 0
    difficulties(platform)
    platform.execute("call recon.reconcile_date(%s)", (FIRST,))
    repaired = "select * from historical_bitcoin_calculations where settlement_date = %s order by 1"
    right = platform.execute(repaired, (FIRST,)).fetchall()

    left = undo(bare_url)
    assert catalog_of_shapes(platform) == shape
    assert platform.execute(repaired, (FIRST,)).fetchall() == right
    counted = {row["table_name"]: row["rows"] for row in left}
    assert counted["recon_legacy.historical_bitcoin_calculations"] == of_first
    assert counted["recon_legacy.bitcoin_monthly_summaries"] > 0
    assert value(platform, f"{removed} where settlement_date <> %s", FIRST) == 0
    assert value(
        platform, "select count(*) from historical_bitcoin_calculations where id = %s", kept
    )
    with pytest.raises(ReconError, match="there is no adoption to undo"):
        undo(bare_url)
    quietly(bare_url)
    reconcile(platform)


def undo_up_to(part: int, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An undo that is cut short before this one of its transactions."""
    execute, done = adopting._execute, []

    def cut_short(connection: Connection, statements: list[str]) -> None:
        done.append(statements)
        if len(done) == part:
            raise KeyboardInterrupt
        execute(connection, statements)

    with monkeypatch.context() as patched:
        patched.setattr(adopting, "_execute", cut_short)
        with pytest.raises(KeyboardInterrupt):
            undo(url)


@pytest.mark.parametrize("part", [1, 2, 3, 4])
def test_undo_that_is_cut_short_goes_on_and_loses_nothing(
    part: int, bare_url: str, platform: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = catalog_of_shapes(platform)
    quietly(bare_url)
    difficulties(platform)
    platform.execute("call recon.reconcile_date(%s)", (FIRST,))
    removed = "select count(*) from recon_legacy.historical_bitcoin_calculations"
    of_first = value(platform, f"{removed} where settlement_date = %s", FIRST)
    undo_up_to(part, bare_url, monkeypatch)
    undo(bare_url)
    assert catalog_of_shapes(platform) == shape
    assert value(platform, removed) == of_first > 0


def test_undo_of_an_adoption_that_was_undone_half_way_before(
    bare_url: str, platform: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins anew: a day that the second adoption repaired gets none of its rows back."""
    quietly(bare_url)
    undo_up_to(3, bare_url, monkeypatch)
    quietly(bare_url)
    difficulties(platform)
    platform.execute("call recon.reconcile_date(%s)", (FIRST,))
    undo(bare_url)
    twice = (
        "select count(*) from (select from historical_bitcoin_calculations"
        " where settlement_date = %s group by settlement_period, farm_id, miner_model"
        " having count(*) > 1) d"
    )
    assert value(platform, twice, FIRST) == 0


def catalog_of_shapes(db: Connection) -> list[str]:
    """The schema public, without rows."""
    return [
        fact
        for fact in catalog(db)
        if not fact.startswith("row of") and "recon_legacy" not in fact and "yoyo" not in fact
    ]


def test_undo_keeps_its_hands_off_views_made_since(bare_url: str, platform: Connection) -> None:
    quietly(bare_url)
    platform.execute("create view months as select year_month from bitcoin_monthly_summaries")
    platform.execute("create view theirs as select state from recon.day_status")
    with pytest.raises(ReconError, match=r"view public\.theirs reads what the undo removes"):
        undo(bare_url)
    platform.execute("drop view theirs")
    undo(bare_url)
    assert value(platform, "select count(*) from months") > 0


def test_confirm_drops_what_was_kept_and_says_what_that_was(
    bare_url: str, platform: Connection
) -> None:
    quietly(bare_url)
    kept = {row["table_name"]: row for row in confirm(bare_url)}
    assert kept["recon_legacy.historical_bitcoin_calculations"]["rows"] > 0
    assert kept["recon_legacy.bitcoin_daily_summaries"]["bytes"] > 0
    assert value(platform, "select to_regnamespace('recon_legacy') is null")
    for verb in (undo, confirm):
        with pytest.raises(ReconError, match="there is no adoption to"):
            verb(bare_url)
    assert to_do(bare_url) == []
    assert not migrate(bare_url).changed


def test_an_adoption_that_is_not_finished_is_not_confirmed(
    bare_url: str, platform: Connection
) -> None:
    kill_at(bare_url, "validation")
    migrated = recon(bare_url, "adopt", "--confirm")
    assert migrated.returncode == 1
    assert "the adoption is not finished" in migrated.stderr


# --------------------------------------------------------------------------------------- killed


def start(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "recon_kit", "adopt"],
        env=environment(url),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_at(url: str, step: str) -> None:
    """kill -9 as a step begins; returns once its sessions have noticed."""
    process = start(url)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(f"{step}: "):
            break
    process.kill()
    process.communicate()
    assert process.returncode == -9
    with connect(url) as db:
        until(
            db,
            "select count(*) = 0 from pg_locks l join pg_database d on d.oid = l.database"
            " where l.locktype = 'advisory' and d.datname = current_database()",
        )


STEPS = [
    "source index",
    "summary index",
    "unfit rows",
    "checks",
    "validation",
    "calculation key",
    "deploy",
]


@pytest.mark.parametrize("step", STEPS)
def test_killed_adoption_goes_on_where_it_was(
    step: str, bare_url: str, platform: Connection
) -> None:
    before = everything(platform)
    kill_at(bare_url, step)
    quietly(bare_url)
    assert to_do(bare_url) == []
    undo(bare_url)
    assert everything(platform) == before


def test_killed_adoption_can_be_undone(bare_url: str, platform: Connection) -> None:
    before = everything(platform)
    kill_at(bare_url, "deploy")
    undo(bare_url)
    assert everything(platform) == before


def test_build_of_an_index_that_outlives_its_client_is_waited_for(
    bare_url: str, platform: Connection
) -> None:
    with connect(bare_url) as writer:
        writer.execute("begin")
        writer.execute("update curtailment_records set lead_party_name = null where id = 1")
        process = start(bare_url)
        building = "from pg_stat_activity where query like 'create index concurrently%%'"
        until(platform, f"select count(*) {building} and wait_event_type = 'Lock'")
        process.kill()
        process.communicate()
        again = start(bare_url)
        waiting = "from pg_stat_activity where query like '%%share update exclusive mode%%'"
        until(platform, f"select count(*) {waiting} and wait_event_type = 'Lock'")
        writer.execute("rollback")
    _, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert to_do(bare_url) == []


# ---------------------------------------------------------------------------------- in the way


def test_duplicate_that_commits_before_the_key_is_built_is_removed_too(
    bare_url: str, platform: Connection
) -> None:
    platform.execute("truncate historical_bitcoin_calculations")
    platform.execute(original.CALCULATIONS.encode())
    for row in _checks(bare_url):
        platform.execute(
            "alter table historical_bitcoin_calculations"
            f" add constraint {row[0]} check ({row[1]})".encode()
        )
    with connect(bare_url) as writer, ThreadPoolExecutor() as pool:
        writer.execute("begin")
        writer.execute(
            "insert into historical_bitcoin_calculations"
            " (settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined, difficulty)"
            " values (%s, 1, 'T_FARM-1', 'S9', 1, 1)",
            (FIRST,),
        )
        adopting = pool.submit(quietly, bare_url)
        building = "from pg_stat_activity where query like 'create unique index concurrently%%'"
        until(platform, f"select count(*) {building} and wait_event_type = 'Lock'")
        writer.execute("commit")
        done = adopting.result(timeout=120)
    assert [step.step for step in done.steps].count("unfit rows") == 2
    kept = "select array_agg(reason) from recon_legacy.historical_bitcoin_calculations"
    assert value(platform, kept) == ["duplicate"]


def _checks(url: str) -> list[tuple[str, str]]:
    """The constraints an adoption adds, as it has them."""
    with connect(url) as connection, connection.transaction(force_rollback=True):
        migrated = connection.execute("create schema recon").connection
        for name in ("platform_tables", "table_columns", "calculation_checks"):
            migrated.execute((ROOT / "sql" / "adopt" / f"{name}.sql").read_bytes())
        found = migrated.execute(
            "select constraint_name, predicate from recon.calculation_checks"
        ).fetchall()
        return [(row["constraint_name"], row["predicate"]) for row in found]


def test_one_adoption_at_a_time(bare_url: str, platform: Connection) -> None:
    with connect(bare_url) as other, other.transaction():
        other.execute("select pg_advisory_xact_lock(1919247215, -2147483643)")
        for verb in (quietly, undo, confirm):
            with pytest.raises(BusyError, match="another adoption is at work"):
                verb(bare_url)
    quietly(bare_url)


def test_table_in_use_is_waited_for_without_being_in_anybodys_way(
    bare_url: str, platform: Connection
) -> None:
    """Who comes behind an adoption that waits, waits a moment with it, and no longer."""
    write = "update bitcoin_monthly_summaries set value_at_mining = 2 where id = 1"
    with connect(bare_url) as writer, connect(bare_url) as other:
        writer.execute("begin")
        writer.execute(write.replace("id = 1", "id = 2").encode())
        with ThreadPoolExecutor() as pool:
            adopting = pool.submit(quietly, bare_url)
            waiting = "from pg_stat_activity where query like 'lock table \"public\"%%'"
            until(platform, f"select count(*) {waiting} and wait_event_type = 'Lock'")
            started = time.monotonic()
            other.execute(write.encode())
            other.execute("table bitcoin_monthly_summaries")
            assert time.monotonic() - started < PATIENCE / 5
            writer.execute("rollback")
            adopting.result(timeout=120)


def test_rows_that_cannot_be_right_are_refused_from_then_on(
    bare_url: str, platform: Connection
) -> None:
    quietly(bare_url)
    for column, bad in {
        "difficulty": "null",
        "bitcoin_mined": "-1",
        "settlement_date": "'infinity'",
        "settlement_period": "51",
    }.items():
        with pytest.raises(psycopg.errors.CheckViolation):
            platform.execute(
                f"update historical_bitcoin_calculations set {column} = {bad}"
                " where id = (select max(id) from historical_bitcoin_calculations)".encode()
            )


def test_steps_are_noted_with_their_locks(bare_url: str, platform: Connection) -> None:
    told: list[str] = []
    done = adopt(bare_url, told.append)
    assert [line.split(":")[0] for line in told] == STEPS
    noted = platform.execute(
        "select step, lock_mode, extract(epoch from longest_lock) as longest_lock"
        " from recon_legacy.steps order by started_at"
    ).fetchall()
    assert [(row["step"], row["lock_mode"]) for row in noted] == [
        (step.step, step.lock_mode) for step in done.steps
    ]
    assert [row["longest_lock"] for row in noted] == [
        Decimal(str(step.longest_lock)) for step in done.steps
    ]


def test_command_line_tells_the_steps_and_json_is_pure(
    bare_url: str, platform: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    done = recon(bare_url, "adopt", "--json")
    assert done.returncode == 0, done.stderr
    assert [step["step"] for step in json.loads(done.stdout)["steps"]] == STEPS
    back = recon(bare_url, "adopt", "--undo")
    assert (back.returncode, back.stdout) == (0, "")
    assert "adopted, at " in recon(bare_url, "adopt").stdout
    ended = recon(bare_url, "adopt", "--confirm", "--json")
    assert "recon_legacy.bitcoin_yearly_summaries" in ended.stdout
