"""An application of the platform's goes on unchanged, before, beside, after and without the kit.

Its tables are as a query builder makes them, its statements as it sends them. Each is run in a
transaction that is rolled back, at every stage of an adoption; what it returns, or fails with, must
be what it was before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from recon_kit import migrate as deploying
from recon_kit.adopt import adopt, confirm, examine, undo
from recon_kit.db import Connection, connect
from recon_kit.errors import ReconError
from recon_kit.uninstall import uninstall
from tests import original
from tests.original import FIRST, difficulties
from tests.world import PUBLIC, reconcile, until, value

KEY = "settlement_date, settlement_period, farm_id, miner_model"

READS = {
    "all of a month": 'select * from "bitcoin_monthly_summaries" where "year_month" = $1',
    "columns by name": 'select "id", "year_month", "miner_model", "bitcoin_mined",'
    ' "value_at_mining", "created_at", "updated_at" from "bitcoin_monthly_summaries"'
    ' where "year_month" = $1 and "miner_model" = $2 limit 1',
    "a year in text": "select * from bitcoin_yearly_summaries where year = $1 and miner_model = $2",
    "a day": "select id, average_difficulty, value_at_mining from bitcoin_daily_summaries"
    " where summary_date = $1 and miner_model = $2 limit 1",
    "sum of a month": "select sum(bitcoin_mined::numeric) as total, count(*)"
    " from bitcoin_daily_summaries where summary_date between $1 and $2",
    "sum by month": "select substring(year_month, 1, 4) as year, sum(bitcoin_mined)"
    " from bitcoin_monthly_summaries group by 1",
    "farms of a day": "select farm_id, sum(abs(volume)), sum(payment) from curtailment_records"
    " where settlement_date = $1 group by farm_id order by farm_id",
    "distinct dates": "select distinct settlement_date from curtailment_records order by 1",
    "cells": "select * from historical_bitcoin_calculations where settlement_date = $1"
    " and farm_id = $2 and miner_model = $3 limit 1",
    "join": "select c.farm_id, h.bitcoin_mined from curtailment_records c join"
    " historical_bitcoin_calculations h using (settlement_date, settlement_period, farm_id)"
    " where c.settlement_date = $1 limit 1",
    "in the catalog": "select column_name, data_type, is_nullable, column_default"
    " from information_schema.columns where table_schema = 'public' and table_name = $1"
    " order by ordinal_position",
    "kinds": "select table_name, table_type from information_schema.tables"
    " where table_schema = 'public' and table_name like 'bitcoin%' order by 1",
    "for update": "select id from bitcoin_monthly_summaries where year_month = $1 order by id"
    " limit 1 for update",
}

WRITES = {
    "month upserted": "insert into bitcoin_monthly_summaries (year_month, miner_model,"
    " bitcoin_mined, value_at_mining, updated_at) values ($1, $2, $3, 0, now())"
    " on conflict (year_month, miner_model) do update set bitcoin_mined = excluded.bitcoin_mined,"
    " updated_at = now() returning id, year_month",
    "month on its constraint": "insert into bitcoin_monthly_summaries (year_month, miner_model,"
    " bitcoin_mined) values ($1, $2, $3) on conflict on constraint monthly_is_unique do nothing",
    "month twice": "insert into bitcoin_monthly_summaries (year_month, miner_model, bitcoin_mined)"
    " select '2019-01', $1, 1 from generate_series(1, 2)",
    "month updated": "update bitcoin_monthly_summaries set value_at_mining = $1"
    " where year_month = $2 and miner_model = $3",
    "month deleted": "delete from bitcoin_monthly_summaries where year_month = $1"
    " and miner_model = $2 returning *",
    "placeholder of a month": "insert into bitcoin_monthly_summaries (year_month, miner_model,"
    " bitcoin_mined, value_at_mining) values ('2031-01', $1, 0, 0) returning id",
    "months emptied": "truncate bitcoin_monthly_summaries",
    "months emptied, from 1": "truncate table bitcoin_monthly_summaries restart identity",
    "year inserted": "insert into bitcoin_yearly_summaries (year, miner_model, bitcoin_mined)"
    " values ($1, $2, '0') returning id",
    "year by the current one": "insert into bitcoin_yearly_summaries (year, miner_model,"
    " bitcoin_mined, value_at_mining) values (to_char(now(), 'YYYY'), $1, 0, 0) returning *",
    "year updated": "update bitcoin_yearly_summaries set bitcoin_mined = bitcoin_mined + 1"
    " where year = '2031'",
    "year deleted": "delete from bitcoin_yearly_summaries where year = '2031'",
    "years emptied": "truncate bitcoin_yearly_summaries",
    "day inserted": "insert into bitcoin_daily_summaries (summary_date, miner_model,"
    " bitcoin_mined, average_difficulty, value_at_mining) values ($1, $2, $3, 0, 0) returning id",
    "day without a sum": "insert into bitcoin_daily_summaries (summary_date, miner_model)"
    " values ($1, $2)",
    "day of no date": "insert into bitcoin_daily_summaries (summary_date, miner_model,"
    " bitcoin_mined) values ($1::date, 'S9', 1)",
    "days copied": "insert into bitcoin_daily_summaries (summary_date, miner_model, bitcoin_mined)"
    " select d::date, 'S9', 0 from generate_series(date '2031-01-01', '2031-03-31', '1 day') d",
    "day deleted": "delete from bitcoin_daily_summaries where summary_date = $1",
    "days emptied": "truncate bitcoin_daily_summaries",
    "record inserted": "insert into curtailment_records (settlement_date, settlement_period,"
    " farm_id, volume, payment, original_price, final_price) values ($1, 3, 'T_APP-1', -5, 350,"
    " -70, -70) returning *",
    "record corrected": "update curtailment_records set volume = volume * 2, created_at = now()"
    " where settlement_date = $1 and farm_id = 'T_FARM-1'",
    "record without volume": "insert into curtailment_records (settlement_date, farm_id)"
    " values ($1, 'T_APP-1')",
    "records deleted": "delete from curtailment_records where settlement_date = $1",
    "cell inserted": f"insert into historical_bitcoin_calculations ({KEY}, bitcoin_mined,"
    " difficulty, value_at_mining) values ($1, 48, 'T_APP-1', 'S9', 0, 1, 0)"
    " returning id, calculated_at",
    "placeholder of a cell": f"insert into historical_bitcoin_calculations ({KEY}, bitcoin_mined,"
    " difficulty) values ($1, 47, 'T_APP-1', 'S9', 0, 0) returning id",
    "cell updated": "update historical_bitcoin_calculations set value_at_mining = 3,"
    " bitcoin_mined = bitcoin_mined where settlement_date = $1 and farm_id = 'T_FARM-1'",
    "cells of a day and model deleted": "delete from historical_bitcoin_calculations"
    " where settlement_date = $1 and miner_model = $2",
}

PARAMETERS: dict[str, list[tuple[str, str]]] = {
    "all of a month": [("varchar", "2024-01")],
    "columns by name": [("varchar", "2024-01"), ("varchar", "S9")],
    "a year in text": [("text", "2024"), ("text", "S9")],
    "a day": [("date", "2024-01-02"), ("text", "S9")],
    "sum of a month": [("date", "2024-01-01"), ("date", "2024-01-31")],
    "farms of a day": [("date", "2024-01-02")],
    "cells": [("date", "2024-01-02"), ("text", "T_FARM-1"), ("text", "S9")],
    "join": [("date", "2024-01-02")],
    "in the catalog": [("text", "bitcoin_monthly_summaries")],
    "for update": [("varchar", "2024-01")],
    "month upserted": [("varchar", "2024-01"), ("varchar", "S9"), ("numeric", "0.5")],
    "month on its constraint": [("varchar", "2024-01"), ("varchar", "S9"), ("numeric", "0.5")],
    "month twice": [("varchar", "S9")],
    "month updated": [("numeric", "7"), ("text", "2024-01"), ("text", "S9")],
    "month deleted": [("text", "2024-01"), ("text", "S9")],
    "placeholder of a month": [("varchar", "S9")],
    "year inserted": [("varchar", "2031"), ("varchar", "S9")],
    "year by the current one": [("varchar", "S9")],
    "day inserted": [("date", "2031-01-01"), ("varchar", "S9"), ("numeric", "0")],
    "day without a sum": [("date", "2031-01-01"), ("varchar", "S9")],
    "day of no date": [("text", "2025-02-30")],
    "day deleted": [("date", "2031-01-01")],
    "record inserted": [("date", "2024-01-02")],
    "record corrected": [("date", "2024-01-02")],
    "record without volume": [("date", "2024-01-02")],
    "records deleted": [("date", "2031-01-01")],
    "cell inserted": [("date", "2024-01-02")],
    "placeholder of a cell": [("date", "2024-01-02")],
    "cell updated": [("date", "2031-01-01")],
    "cells of a day and model deleted": [("date", "2031-01-01"), ("text", "S9")],
}

STATEMENTS = READS | WRITES


def outcome(connection: Connection, name: str) -> tuple[Any, ...]:
    """What the application sees: the error, or how many rows, and which columns."""
    known = PARAMETERS.get(name, [])
    of_types = f"({', '.join(type_name for type_name, _ in known)})" if known else ""
    of_values = "({})".format(", ".join(f"'{value}'" for _, value in known)) if known else ""
    connection.execute(f"prepare mine {of_types} as {STATEMENTS[name]}".encode())
    try:
        with connection.transaction(force_rollback=True):
            found = connection.execute(f"execute mine {of_values}".encode())
            columns = [(c.name, c.type_code) for c in found.description or []]
            return ("done", found.rowcount, columns)
    except psycopg.Error as error:
        return ("failed", error.sqlstate, error.diag.constraint_name)
    finally:
        connection.execute("deallocate mine")


def outcomes(url: str) -> dict[str, tuple[Any, ...]]:
    with connect(url) as connection:
        found = {}
        for name in STATEMENTS:
            if STATEMENTS[name].startswith("truncate"):
                with connection.transaction(force_rollback=True):
                    connection.execute(STATEMENTS[name].encode())
                    found[name] = ("done",)
            else:
                found[name] = outcome(connection, name)
        return found


class Application:
    """Clients that send the statements in a circle, and note what is other than before."""

    def __init__(self, url: str, expected: dict[str, tuple[Any, ...]]) -> None:
        self._url, self._expected, self._stop = url, expected, threading.Event()
        self.rounds, self.news = 0, []  # type: tuple[int, list[Any]]

    def __enter__(self) -> Application:
        self._pool = ThreadPoolExecutor(1)
        self._client: Future[None] = self._pool.submit(self._work)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        self._client.result()

    def _work(self) -> None:
        while not self._stop.is_set():
            found = outcomes(self._url)
            self.news += [
                (name, found[name]) for name in found if found[name] != self._expected[name]
            ]
            self.rounds += 1


@pytest.fixture
def platform(bare_url: str) -> Iterator[Connection]:
    """A platform whose own figures are right but for the digits, so that row counts stay."""
    with connect(bare_url) as connection:
        connection.execute(original.TABLES.encode())
        connection.execute(original.SOURCE.encode(), {"first": FIRST, "days": 4, "farms": 3})
        connection.execute(original.CALCULATIONS.encode())
        connection.execute(SUMMARIES.encode())
        yield connection


SUMMARIES = """
insert into bitcoin_daily_summaries (summary_date, miner_model, bitcoin_mined, value_at_mining)
select settlement_date, miner_model, round(sum(bitcoin_mined), 2), 1
from historical_bitcoin_calculations
group by 1, 2;
insert into bitcoin_monthly_summaries (year_month, miner_model, bitcoin_mined, value_at_mining)
select to_char(summary_date, 'YYYY-MM'), miner_model, sum(bitcoin_mined), 2
from bitcoin_daily_summaries
group by 1, 2;
insert into bitcoin_yearly_summaries (year, miner_model, bitcoin_mined, value_at_mining)
select left(year_month, 4), miner_model, sum(bitcoin_mined), 3
from bitcoin_monthly_summaries
group by 1, 2;
"""


def figures_are_right(db: Connection) -> None:
    """Worked out here again, from the source alone."""
    for key, table, of in (
        ("summary_date::text", "bitcoin_daily_summaries", "YYYY-MM-DD"),
        ("year_month", "bitcoin_monthly_summaries", "YYYY-MM"),
        ("year::text", "bitcoin_yearly_summaries", "YYYY"),
    ):
        wrong = value(
            db,
            f"select count(*) from (select {key} as key, miner_model, bitcoin_mined from {table}) t"
            " full join (select key, miner_model, sum(btc) as bitcoin_mined from ("
            f" select to_char(r.settlement_date, '{of}') as key, m.miner_model, round("
            " (sum(abs(r.volume)) * 3600000000 * m.hashrate_ths * 1000000000000 * 6.25)"
            "::numeric(200, 40) / (m.power_watts * 75000000000000 * 4294967296), 12) as btc"
            " from curtailment_records r cross join miners_of_the_platform m"
            " group by r.settlement_date, r.settlement_period, r.farm_id, m.miner_model,"
            " m.hashrate_ths, m.power_watts) c group by 1, 2) e using (key, miner_model)"
            " where t.bitcoin_mined is distinct from e.bitcoin_mined",
        )
        assert wrong == 0, table


def untouched(db: Connection) -> list[str]:
    """What the platform keeps in columns that the kit does not know."""
    return [
        row["line"]
        for row in db.execute(
            "select concat_ws(' ', 'day', id, value_at_mining, created_at) as line"
            " from bitcoin_daily_summaries union all select concat_ws(' ', 'month', id,"
            " value_at_mining, created_at) from bitcoin_monthly_summaries union all select"
            " concat_ws(' ', 'year', id, value_at_mining, created_at)"
            " from bitcoin_yearly_summaries order by 1"
        )
    ]


def test_an_unchanged_application_notices_nothing(bare_url: str, platform: Connection) -> None:
    before, kept = outcomes(bare_url), untouched(platform)
    assert {name for name, found in before.items() if found[0] == "failed"} == {
        "month twice",
        "day without a sum",
        "day of no date",
        "record without volume",
    }

    with Application(bare_url, before) as application:
        adopt(bare_url, lambda _: None)
        difficulties(platform)
        assert reconcile(platform)["outcome"] == "complete"
        deploying.migrate(bare_url)
    assert application.news == []
    assert application.rounds > 0
    assert outcomes(bare_url) == before
    figures_are_right(platform)
    assert untouched(platform) == kept

    undo(bare_url)
    assert outcomes(bare_url) == before
    figures_are_right(platform)

    adopt(bare_url, lambda _: None)
    difficulties(platform)
    reconcile(platform)
    confirm(bare_url)
    assert outcomes(bare_url) == before
    uninstall(bare_url)
    assert outcomes(bare_url) == before
    figures_are_right(platform)
    assert untouched(platform) == kept


def test_what_the_application_writes_is_noted_and_corrected(
    bare_url: str, platform: Connection
) -> None:
    """By default: its statements do what they did, and the next run puts the figures right."""
    adopt(bare_url, lambda _: None)
    difficulties(platform)
    reconcile(platform)
    for spoil in (
        "update bitcoin_monthly_summaries set bitcoin_mined = 0",
        "delete from bitcoin_yearly_summaries",
        "truncate bitcoin_monthly_summaries",
        "insert into bitcoin_yearly_summaries (year, miner_model, bitcoin_mined)"
        " select '2024', 'S9', n from generate_series(1, 3) n",
        "insert into bitcoin_monthly_summaries (year_month, miner_model, bitcoin_mined)"
        " values ('2019-01', 'S9', 1), ('nomonth', 'S9', 1), ('2024-01', 'S21', 1)",
        "delete from bitcoin_daily_summaries where miner_model = 'S9'",
        "truncate bitcoin_daily_summaries",
        "insert into bitcoin_daily_summaries (summary_date, miner_model, bitcoin_mined)"
        f" select '{FIRST}', 'S9', n from generate_series(1, 3) n",
        "update historical_bitcoin_calculations set bitcoin_mined = 1",
    ):
        platform.execute(spoil.encode())
        assert reconcile(platform)["outcome"] == "complete", spoil
        figures_are_right(platform)
        assert platform.execute("select * from recon.verify()").fetchall() == [], spoil
    assert value(platform, "select count(*) from recon.ignored_writes") == 0


_SOURCE, *IGNORED = PUBLIC


def test_what_the_application_writes_can_be_ignored_and_is_noted(
    bare_url: str, platform: Connection
) -> None:
    before = outcomes(bare_url)
    adopt(bare_url, lambda _: None)
    difficulties(platform)
    reconcile(platform)
    for table in IGNORED:
        platform.execute("select recon.ignore_writes(%s)", (table,))
    assert {r["table_name"] for r in platform.execute("table recon.ignored_tables")} == {*IGNORED}
    found = outcomes(bare_url)
    for name, was in before.items():
        now = found[name]
        if was[0] == "failed":
            assert now == was or now[:2] == ("done", 0), name
        elif name in WRITES and len(was) == 3 and any(t in WRITES[name] for t in IGNORED):
            assert now == (was[0], 0, was[2]), name
        else:
            assert now == was, name

    platform.execute("set application_name = 'their job'")
    with platform.transaction():
        platform.execute(
            "delete from historical_bitcoin_calculations where settlement_date = %s", (FIRST,)
        )
        doubled = platform.execute(
            "insert into historical_bitcoin_calculations (settlement_date, settlement_period,"
            " farm_id, miner_model, bitcoin_mined, difficulty) select settlement_date,"
            " settlement_period, farm_id, 'S9', 1, 1 from curtailment_records,"
            " generate_series(1, 2)"
        )
        assert doubled.rowcount == 0
    noted = platform.execute(
        "select table_name, command, ignored_rows, role_name, application_name"
        " from recon.ignored_writes"
    ).fetchall()
    assert [(row["command"], row["ignored_rows"]) for row in noted] == [
        ("DELETE", 46 * 3 * 3),
        ("INSERT", 46 * 3 * 4 * 2),
    ]
    assert {row["application_name"] for row in noted} == {"their job"}
    assert reconcile(platform)["message"].startswith("0 of 0 days"), "as nothing has changed"
    figures_are_right(platform)

    platform.execute("truncate bitcoin_monthly_summaries")
    reconcile(platform)
    figures_are_right(platform)

    platform.execute("update curtailment_records set volume = volume - 1 where id = 1")
    assert reconcile(platform)["outcome"] == "complete"
    figures_are_right(platform)

    for table in IGNORED:
        platform.execute("select recon.ignore_writes(%s, false)", (table,))
    assert outcomes(bare_url) == before


def test_what_cannot_be_ignored_is_named(bare_url: str, platform: Connection) -> None:
    adopt(bare_url, lambda _: None)
    for arguments in ("'curtailment_records'", "null", "'bitcoin_daily_summaries', null"):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="cannot be ignored"):
            platform.execute(f"select recon.ignore_writes({arguments})".encode())


def test_an_adoption_locks_the_platforms_tables_for_its_triggers_alone(
    bare_url: str, platform: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hundreds of files are replayed before; a lock that somebody waits for comes after them."""
    held: list[set[str]] = []
    watch: Callable[[Connection], float | None] = deploying.watch

    def look(connection: Connection) -> float | None:
        found = connection.execute(
            "select distinct l.mode from pg_locks l join pg_class c on c.oid = l.relation"
            " where l.pid = pg_backend_pid() and c.relnamespace = 'public'::regnamespace"
            " and c.relname = any (%s)",
            (list(PUBLIC),),
        )
        held.append({row["mode"] for row in found})
        return watch(connection)

    for module in ("recon_kit.migrate", "recon_kit.adoption_steps"):
        monkeypatch.setattr(f"{module}.watch", look)
    adopt(bare_url, lambda _: None)
    deploying.migrate(bare_url)
    assert len(held) == 2
    for modes in held:
        assert modes <= {"AccessShareLock", "RowShareLock", "RowExclusiveLock"}


# -------------------------------------------------------------------------------------- shapes

SHAPES = {
    "as a query builder makes them": "",
    "years in numbers": "alter table bitcoin_yearly_summaries alter year type integer"
    " using year::integer",
    "years in short numbers": "alter table bitcoin_yearly_summaries alter year type smallint"
    " using year::smallint",
    "years of four characters": "alter table bitcoin_yearly_summaries alter year type char(4)",
    "rounded sums": "alter table bitcoin_daily_summaries alter bitcoin_mined type numeric(20, 8);"
    " alter table bitcoin_monthly_summaries alter bitcoin_mined type numeric(18, 2);"
    " alter table bitcoin_yearly_summaries alter bitcoin_mined type numeric(12, 0)",
    "floating sums": "alter table bitcoin_daily_summaries alter bitcoin_mined type float8;"
    " alter table bitcoin_monthly_summaries alter bitcoin_mined type float8",
    "no time of change": "alter table bitcoin_daily_summaries drop updated_at;"
    " alter table bitcoin_monthly_summaries drop updated_at;"
    " alter table bitcoin_yearly_summaries drop updated_at, drop created_at",
    "a number as the time of change": "alter table bitcoin_daily_summaries drop updated_at,"
    " add updated_at bigint",
    "a time of change without a default": "alter table bitcoin_monthly_summaries"
    " alter updated_at drop default, alter updated_at set not null",
    "no number of the row": "alter table bitcoin_daily_summaries drop id;"
    " alter table bitcoin_monthly_summaries drop id; alter table bitcoin_yearly_summaries drop id",
    "a key of their own": "alter table bitcoin_daily_summaries add unique (summary_date,"
    " miner_model); alter table bitcoin_yearly_summaries add unique (miner_model, year)",
    "identities": "alter table bitcoin_yearly_summaries alter id drop default;"
    " alter table bitcoin_yearly_summaries alter id add generated always as identity",
    "partitions": "alter table bitcoin_monthly_summaries rename to old;"
    " create table bitcoin_monthly_summaries (year_month text, miner_model text,"
    " bitcoin_mined numeric) partition by list (miner_model);"
    " create table months_s9 partition of bitcoin_monthly_summaries for values in ('S9');"
    " create table months_other partition of bitcoin_monthly_summaries default;"
    " insert into bitcoin_monthly_summaries select year_month, miner_model, 1 from old",
    "other columns that are computed": "alter table bitcoin_monthly_summaries add doubled numeric"
    " generated always as (bitcoin_mined * 2) stored",
    "rows twice": "insert into bitcoin_daily_summaries (summary_date, miner_model, bitcoin_mined)"
    " select summary_date, miner_model, bitcoin_mined * n from bitcoin_daily_summaries"
    " cross join generate_series(1, 2) n; insert into bitcoin_yearly_summaries (year, miner_model,"
    " bitcoin_mined) select year, miner_model, 7 from bitcoin_yearly_summaries",
    "columns in another order": "alter table bitcoin_yearly_summaries rename to old;"
    " create table bitcoin_yearly_summaries as select bitcoin_mined, miner_model, year from old",
    "a view of theirs on it": "create view v as select * from bitcoin_monthly_summaries;"
    " create materialized view m as select * from bitcoin_daily_summaries",
    "row triggers of theirs": "create function touch() returns trigger language plpgsql as"
    " 'begin new.updated_at = now(); return new; end'; create trigger touch before update on"
    " bitcoin_monthly_summaries for each row execute function touch()",
    "empty": "truncate bitcoin_daily_summaries, bitcoin_monthly_summaries,"
    " bitcoin_yearly_summaries",
    "absent": "drop table bitcoin_monthly_summaries, bitcoin_yearly_summaries",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_summaries_are_published_into_any_shape(
    shape: str, bare_url: str, platform: Connection
) -> None:
    platform.execute(SHAPES[shape].encode())
    adopt(bare_url, lambda _: None)
    difficulties(platform)
    assert reconcile(platform)["outcome"] == "complete"
    tables = ("bitcoin_daily_summaries", "bitcoin_monthly_summaries", "bitcoin_yearly_summaries")
    stored = " union all ".join(f"select concat(t.xmin, ' ', t) as line from {t} t" for t in tables)
    before = sorted(row["line"] for row in platform.execute(stored.encode()))
    assert platform.execute("select * from recon.verify()").fetchall() == []
    assert len(before) == 4 * 3 + 3 + 3
    if shape not in ("rounded sums", "floating sums"):
        figures_are_right(platform)

    platform.execute("call recon.reconcile(force => true)")
    platform.execute("insert into recon.summary_changes default values")
    platform.execute("select recon.refresh_summaries()")
    after = sorted(row["line"] for row in platform.execute(stored.encode()))
    assert after == before, "what is right is not written again"

    platform.execute("update curtailment_records set volume = volume - 1 where id = 1")
    assert reconcile(platform)["outcome"] == "complete"
    assert platform.execute("select * from recon.verify()").fetchall() == []
    undo(bare_url)


def test_a_writer_beside_a_run_is_neither_failure_nor_left_standing(
    bare_url: str, platform: Connection
) -> None:
    """Whose row commits while the kit waits for it, in a table that rounds and has triggers."""
    platform.execute(SHAPES["rounded sums"].encode())
    platform.execute("alter table bitcoin_daily_summaries add unique (summary_date, miner_model)")
    platform.execute("delete from bitcoin_daily_summaries")
    adopt(bare_url, lambda _: None)
    difficulties(platform)
    with connect(bare_url) as writer, ThreadPoolExecutor() as pool:
        writer.execute("begin")
        writer.execute(
            "insert into bitcoin_daily_summaries (summary_date, miner_model, bitcoin_mined)"
            f" values ('{FIRST}', 'S9', 1)"
        )
        with connect(bare_url) as other:
            other.execute("set lock_timeout = '20s'")
            running = pool.submit(other.execute, "call recon.reconcile()")
            until(
                platform,
                "select count(*) from pg_locks where not granted and pid = %s",
                other.info.backend_pid,
            )
            writer.execute("commit")
            running.result(timeout=60)
    assert reconcile(platform)["outcome"] == "complete"
    assert platform.execute("select * from recon.verify()").fetchall() == []
    assert value(platform, "select count(*) from recon.days where outcome = 'failed'") == 0


def test_keys_that_are_none_are_told_beforehand_and_removed_by_a_run(
    bare_url: str, platform: Connection
) -> None:
    platform.execute(
        "insert into bitcoin_monthly_summaries (year_month, miner_model, bitcoin_mined)"
        " values ('total', 'S9', 1), ('2024/01', 'S9', 1)"
    )
    told = [row["finding"] for row in examine(bare_url) if row["rows"] == 2]
    assert "has rows whose key is not written as 2025-03" in told
    adopt(bare_url, lambda _: None)
    assert platform.execute("select * from recon.verify()").fetchall() != []
    difficulties(platform)
    assert reconcile(platform)["outcome"] == "complete"
    assert platform.execute("select * from recon.verify()").fetchall() == []
    kept = "select count(*) from recon_legacy.bitcoin_monthly_summaries where year_month ~ '[a-z/]'"
    assert value(platform, kept) == 2


def test_what_is_ignored_makes_no_work(bare_url: str, platform: Connection) -> None:
    adopt(bare_url, lambda _: None)
    difficulties(platform)
    reconcile(platform)
    platform.execute("select recon.ignore_writes('bitcoin_monthly_summaries')")
    platform.execute("update bitcoin_monthly_summaries set bitcoin_mined = 0")
    assert not value(platform, "select recon.has_work()")
    platform.execute("create table child () inherits (bitcoin_yearly_summaries)")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="it has children"):
        platform.execute("select recon.ignore_writes('bitcoin_yearly_summaries')")


UNFIT = {
    "alter table bitcoin_yearly_summaries alter year type date using (year || '-01-01')::date": (
        "has column year of type date"
    ),
    "alter table bitcoin_monthly_summaries alter bitcoin_mined type text": (
        "has column bitcoin_mined of type text"
    ),
    "alter table bitcoin_monthly_summaries alter bitcoin_mined type real": (
        "has column bitcoin_mined of type real"
    ),
    "alter table bitcoin_monthly_summaries rename year_month to month": "has no column year_month",
    "alter table bitcoin_daily_summaries add region text not null default 'GB';"
    " alter table bitcoin_daily_summaries alter region drop default": (
        "has column region, which must have a value that the kit does not know"
    ),
    "alter table bitcoin_monthly_summaries rename to months; create view bitcoin_monthly_summaries"
    " as select * from months": "is there but is not a table",
    "alter table bitcoin_yearly_summaries force row level security": "has row security",
}


@pytest.mark.parametrize("change", UNFIT, ids=UNFIT.values())
def test_shapes_that_cannot_be_published_into_are_named(
    change: str, bare_url: str, platform: Connection
) -> None:
    platform.execute(change.encode())
    with pytest.raises(ReconError, match=UNFIT[change]):
        adopt(bare_url, lambda _: None)
