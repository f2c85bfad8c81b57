"""A fact is said once; where a copy is faster or the only way, it is held against the others."""

from __future__ import annotations

import re
from datetime import date

import pytest

from recon_kit.db import Connection
from recon_kit.gaps import KINDS
from recon_kit.resources import code_files
from tests.world import (
    MARCH_1,
    MARCH_2,
    PUBLIC,
    column,
    days,
    difficulty,
    reconcile,
    record,
    value,
    without_triggers,
)

TEXTS = {f"{path.parent.name}/{path.stem}": path.read_text() for path in code_files()}
MARCH_3, MARCH_4 = date(2025, 3, 3), date(2025, 3, 4)


def test_the_bound_of_energy_is_said_once(db: Connection) -> None:
    bound = value(db, "select recon.largest_volume() as bound")
    numbers = rf"(?<![\w,]){bound}(?![\w,.])"
    others = {
        "core/largest_volume": "itself",
        "days/changed_dates": "rows",
        "register/bad_unit_lines": "MW of a unit",
    }
    code = {name: re.sub(r"--.*", "", text) for name, text in TEXTS.items()}
    assert {name for name, text in code.items() if re.search(numbers, text)} == set(others)
    prose = [re.sub(r"'\n\s*'", "", text) for text in TEXTS.values()]
    said = {said for text in prose for said in re.findall(r"(?:beyond|below) ([\d,]+) MWh", text)}
    assert said == {f"{bound:,}"}
    plan = db.execute("explain verbose select is_valid from recon.curtailed_energy").fetchall()
    assert "largest_volume" not in str(plan), "it is a constant to the planner"


def test_the_tables_of_the_platform_are_listed_once(db: Connection) -> None:
    """The other lists have what else is to be known of each, such as its key."""
    known = db.execute("select table_name, holds from recon.platform_tables order by 1").fetchall()
    assert tuple(row["table_name"] for row in known) == tuple(sorted(PUBLIC))
    watched = db.execute("select table_name from recon.watched_tables where table_name ~ '^public'")
    assert {row["table_name"] for row in watched} == {f"public.{name}" for name in PUBLIC}
    published = db.execute("select table_name from recon.published_tables")
    assert {row["table_name"] for row in published} == {
        row["table_name"] for row in known if row["holds"] == "summaries"
    }
    assert not [
        name for name, text in TEXTS.items() if re.search(r"bitcoin\\?_[%(].*summaries", text)
    ]


def test_every_copy_of_what_is_an_own_write_says_the_same(db: Connection) -> None:
    """A condition of a trigger is asked with the rights of whoever writes, who may call no function
    of the kit. So each trigger has it in full, and recon.capture_triggers compares them."""
    db.execute("select recon.ignore_writes('bitcoin_yearly_summaries')")
    conditions = db.execute(
        "select pg_get_expr(tgqual, tgrelid) as condition, count(*) as triggers from pg_trigger"
        " where tgqual is not null and tgrelid = any (%s::regclass[]) group by 1",
        (list(PUBLIC),),
    ).fetchall()
    assert [row["triggers"] for row in conditions] == [13]
    wrong = "select from recon.capture_triggers where is_right is not true"
    assert not value(db, f"select exists ({wrong}) as is_off")


# ----------------------------------------------------------------------- which cells should exist


@pytest.fixture
def every_kind_of_day(db: Connection) -> Connection:
    """A plain day, one with energy of none, one without difficulty, one with a source that cannot
    be right, and one that is all zero; a model that is not kept."""
    days(db, MARCH_1, MARCH_2, MARCH_3)
    record(db, MARCH_1, 9, "T_ZERO-1", 0)
    record(db, MARCH_2, 9, "T_HUGE-1", -10_001)
    db.execute("delete from recon.network_difficulties where settlement_date = %s", (MARCH_3,))
    difficulty(db, MARCH_4)
    record(db, MARCH_4, 9, "T_ZERO-1", 0)
    db.execute("update recon.miner_models set is_active = false where miner_model = 'S9'")
    return db


@pytest.mark.parametrize("is_first", [True, False], ids=["inserted", "compared"])
def test_every_copy_of_which_cells_should_exist_says_the_same(
    every_kind_of_day: Connection, is_first: bool
) -> None:
    db = every_kind_of_day
    plans = db.execute("select settlement_date, result from recon.plan(force => true)").fetchall()
    planned = {row["settlement_date"]: row["result"] for row in plans}
    if not is_first:
        without_triggers(
            db,
            "insert into historical_bitcoin_calculations (settlement_date, settlement_period,"
            " farm_id, miner_model, bitcoin_mined, difficulty)"
            " select distinct r.settlement_date, 9, 'T_ZERO-1', 'M20S', 1, 1"
            " from curtailment_records r where r.settlement_date <> '2025-03-03'",
        )
    reconcile(db)
    for day in (MARCH_1, MARCH_2, MARCH_3, MARCH_4):
        row = db.execute(
            """
            with cells as (
              select * from recon.expected_calculations where settlement_date = %(day)s
            )
            select
              (select count(*) from cells where obstacle is null) as to_store,
              (select count(*) from cells where obstacle = 'blocked') as blocked,
              (select count(distinct (settlement_period, farm_id)) from cells
                where obstacle = 'invalid_source') as invalid,
              (select coalesce(sum(curtailed_mwh), 0) from cells
                where miner_model = 'M20S' and obstacle is distinct from 'invalid_source') as mwh,
              (select count(*) from public.historical_bitcoin_calculations
                where settlement_date = %(day)s) as stored,
              recon.is_right(%(day)s) as is_right,
              exists (select from recon.day_gaps(%(day)s)) as has_gaps,
              recon.blocking_reason(%(day)s) as blocking_reason,
              s.invalid_keys, s.curtailed_mwh
            from recon.compare_day(%(day)s, false) s
            """,
            {"day": day},
        ).fetchone()
        assert row is not None
        assert row["stored"] == row["to_store"]
        assert row["is_right"] == (not row["has_gaps"])
        assert (row["blocking_reason"] is not None) == (row["blocked"] > 0)
        assert (row["invalid_keys"], row["curtailed_mwh"]) == (row["invalid"], row["mwh"])
        is_blocked = row["blocked"] + row["invalid"] > 0
        assert (planned[day] in ("blocked", "partially_fixed")) == is_blocked
    assert value(db, "select count(*) from historical_bitcoin_calculations") == 48


COMPARED = """
select
  array(select g.kind from unnest(c.gaps) g order by g.kind) as kinds,
  (select sum(s.calculations) from unnest(c.sums) s) as calculations
from recon.compare_day(%s, false) c
"""


def test_a_key_that_a_child_has_again_hides_no_row_that_is_missing(db: Connection) -> None:
    """A unique key of a table says nothing of its children, unless they are partitions."""
    days(db, MARCH_1)
    reconcile(db)
    row = "settlement_period = 1 and miner_model = 'S9' and farm_id = '{}'"
    first, second = column(
        db, "select distinct farm_id from curtailment_records order by 1 limit 2"
    )
    table = "historical_bitcoin_calculations"
    db.execute(f"create table child () inherits ({table})")
    db.execute(f"insert into child select * from only {table} where {row.format(first)}".encode())
    db.execute(f"delete from only {table} where {row.format(second)}".encode())
    found = db.execute(COMPARED, (MARCH_1,)).fetchone()
    assert found is not None
    assert found["kinds"] == ["missing"]


def test_a_row_without_a_value_is_no_calculation(db: Connection) -> None:
    """Where its source cannot be right, nothing says what it should be, and it stays as it is."""
    days(db, MARCH_1)
    reconcile(db)
    before = value(db, "select sum(calculations) from recon.daily_sums")
    db.execute("alter table historical_bitcoin_calculations alter bitcoin_mined drop not null")
    farm = column(db, "select min(farm_id) from curtailment_records")[0]
    record(db, MARCH_1, 1, farm, -10_001)
    db.execute(
        "update historical_bitcoin_calculations set bitcoin_mined = null"
        " where settlement_period = 1 and farm_id = %s",
        (farm,),
    )
    found = db.execute(COMPARED, (MARCH_1,)).fetchone()
    assert found is not None
    assert found["kinds"] == []
    assert found["calculations"] < before
    assert reconcile(db)["outcome"] == "incomplete"
    assert value(db, "select outcome from recon.days") == "blocked"


# ------------------------------------------------------------------------ the sums of a day

OFF = {
    "a value": "update recon.daily_sums set bitcoin_mined = bitcoin_mined + 1e-12 where {}",
    "a count": "update recon.daily_sums set calculations = calculations + 1 where {}",
    "a row too few": "delete from recon.daily_sums where {}",
    "a row too many": "update recon.daily_sums set miner_model = 'S8' where {}",
    "nothing": "select",
}


@pytest.mark.parametrize("what", OFF)
def test_every_copy_of_the_sums_of_a_day_says_the_same(db: Connection, what: str) -> None:
    days(db, MARCH_1)
    reconcile(db)
    before = db.execute("table recon.daily_sums").fetchall()
    db.execute(OFF[what].format("miner_model = 'S9'").encode())
    is_off = what != "nothing"
    found = "select exists (select from recon.{}(null, null) where finding = 'daily summary')"
    assert value(db, found.format("cell_findings")) == is_off
    assert value(db, found.format("fingerprint_findings")) == is_off
    assert value(db, "select not recon.is_right(%s)", MARCH_1) == is_off
    db.execute("select recon.write_daily_summaries(%s, null, null)", (MARCH_1,))
    assert sorted(map(str, db.execute("table recon.daily_sums").fetchall())) == sorted(
        map(str, before)
    )


# ------------------------------------------------------------------------------- kinds of gap


def test_the_kinds_of_gap_are_those_that_the_tables_have(db: Connection) -> None:
    """A run inserts what is missing, and so the ledger has no row of it."""
    row = db.execute(
        "select pg_get_constraintdef(oid) as text from pg_constraint"
        " where conrelid = 'recon.repairs'::regclass and conname = 'kind_is_known'"
    ).fetchone()
    assert row is not None
    assert ("missing", *re.findall(r"'(\w+)'", row["text"])) == KINDS
    columns = list(db.execute("select * from recon.run_days limit 0").description or [])
    names = [column.name for column in columns]
    assert tuple(names[names.index(KINDS[0]) :][: len(KINDS)]) == KINDS
