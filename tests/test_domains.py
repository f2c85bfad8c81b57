"""Every input has a domain, and what lies outside is named, counted, and in nobody's way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from html import unescape
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from recon_kit.db import Connection, connect
from tests import oracle
from tests.commands import recon
from tests.screens import serving
from tests.world import (
    MARCH_1,
    MARCH_2,
    days,
    kinds,
    pending,
    reconcile,
    record,
    unchecked,
    value,
)

OUTSIDE = [
    "2009-01-02",
    "2100-01-02",
    "10000-01-01",
    "5874897-12-31",
    "4713-01-01 BC",
    "0001-01-01",
    "infinity",
    "-infinity",
]
"""Dates that PostgreSQL has and the calendar has not; of most of them Python has no word."""

READING = [
    ("status", "--json"),
    ("status",),
    ("gaps", "--json"),
    ("analyze", "--json"),
    ("report", "--json"),
    ("report",),
    ("runs",),
    ("events", "--since", "1 day"),
    ("check", "--json"),
    ("metrics",),
    ("source-issues",),
    ("forecast",),
    ("difficulty", "list"),
    ("verify",),
    ("verify", "--depth", "fingerprints"),
    ("verify-month", "2025-03"),
    ("daily-check",),
    ("inspect",),
    ("doctor",),
    ("reconcile",),
    ("reconcile", "--force"),
    ("date", "2025-03-01"),
    ("critical", "2025-03-01"),
    ("fix-critical",),
    ("scrub", "--budget", "5 seconds"),
    ("prune-history", "--keep", "0 days"),
]
"""Verbs that look at all that there is."""


def insert(db: Connection, **columns: Any) -> None:
    """A record, some columns of which are as given, as text; None is null."""
    row = {
        "settlement_date": "2025-03-01",
        "settlement_period": "1",
        "farm_id": "T_FARM-0",
        "volume": "-1",
        "payment": "70",
    } | columns
    db.execute(
        "insert into curtailment_records"
        " (settlement_date, settlement_period, farm_id, volume, payment) values"
        " (%(settlement_date)s::date, %(settlement_period)s::integer, %(farm_id)s,"
        " %(volume)s::numeric, %(payment)s::numeric)",
        row,
    )


def loosen(db: Connection) -> Connection:
    """Two reconciled days of a platform that checks nothing."""
    unchecked(db)
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    return db


@pytest.fixture
def loose(db: Connection) -> Connection:
    return loosen(db)


@pytest.fixture(scope="module")
def loose_for_all(module_url: str) -> Iterator[Connection]:
    with connect(module_url) as db:
        yield loosen(db)


def found(db: Connection, depth: str = "cells") -> set[tuple[str | None, str, int | None]]:
    rows = db.execute("select * from recon.verify(depth => %s)", (depth,)).fetchall()
    return {
        (row["settlement_date"] and str(row["settlement_date"]), row["finding"], row["cells"])
        for row in rows
        if not row["finding"].startswith("capture gap")
    }


# ---------------------------------------------------------------------------------------- dates


def test_the_bounds_are_the_same_in_the_code_and_in_every_table(db: Connection) -> None:
    bounds = db.execute(
        "select recon.clamp_date('-infinity') as first, recon.clamp_date('infinity') as last"
    ).fetchone()
    assert bounds == {"first": date(2009, 1, 3), "last": date(2100, 1, 1)}
    checks = db.execute(
        "select c.relname || '.' || a.attname as name, array_agg(pg_get_constraintdef(k.oid))"
        "  filter (where k.convalidated) as checks"
        " from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " left join pg_constraint k on k.conrelid = c.oid and k.contype = 'c'"
        " where c.relnamespace = 'recon'::regnamespace and c.relkind = 'r' and c.relname !~ 'yoyo'"
        " and a.atttypid = 'date'::regtype and a.attnum > 0 group by 1"
    )
    unbounded = []
    for row in checks:
        column = row["name"].partition(".")[2]
        bound = f"({column} >= '2009-01-03'::date) AND ({column} <= '2100-01-01'::date)"
        if not any(bound in check for check in row["checks"] or []):
            unbounded.append(row["name"])
    assert unbounded == []


@pytest.mark.parametrize("outside", [*OUTSIDE, None])
def test_a_record_that_has_no_day_is_counted(outside: str | None, loose: Connection) -> None:
    insert(loose, settlement_date=outside)
    assert pending(loose) == []
    assert value(loose, "select undated_records from recon.status()") == 1
    assert value(loose, "select undated_records from recon.inspect_source()") == 1
    for depth in ("cells", "fingerprints"):
        assert found(loose, depth) == {(None, "undated_records", 1)}
    assert reconcile(loose)["outcome"] == "complete"
    loose.execute("delete from curtailment_records where not recon.has_day(settlement_date)")
    assert pending(loose) == []
    assert found(loose) == set()


@pytest.mark.parametrize("outside", OUTSIDE)
def test_derived_rows_without_a_day_are_named(outside: str, loose: Connection) -> None:
    loose.execute(
        "insert into historical_bitcoin_calculations values (%s::date, 1, 'T_FARM-0', 'S9', 1, 1)",
        (outside,),
    )
    loose.execute("insert into bitcoin_daily_summaries values (%s::date, 'S9', 1)", (outside,))
    assert pending(loose) == []
    reconcile(loose)
    for depth in ("cells", "fingerprints"):
        assert found(loose, depth) == {
            (None, "undated_calculations", 1),
            (None, "undated_summaries", 1),
        }
    years = loose.execute("select distinct year from bitcoin_yearly_summaries").fetchall()
    assert years == [{"year": 2025}]


def test_what_has_no_day_is_in_no_verbs_way(loose: Connection, url: str) -> None:
    for outside in [*OUTSIDE, None]:
        insert(loose, settlement_date=outside)
    for outside in OUTSIDE:
        loose.execute(
            "insert into historical_bitcoin_calculations"
            " values (%s::date, 1, 'T_FARM-0', 'S9', 1, 1)",
            (outside,),
        )
        loose.execute("insert into bitcoin_daily_summaries values (%s::date, 'S9', 1)", (outside,))
    for verb in READING:
        done = recon(*verb, url=url)
        assert "Traceback" not in done.stderr, (verb, done.stderr)
        if verb[0] in ("status", "verify", "verify-month", "inspect", "report", "analyze"):
            assert done.returncode == 3, (verb, done.stdout)
            told = ("undated_records", "belong to no day", "records without a day")
            assert any(words in done.stdout for words in told), (verb, done.stdout)
        else:
            ends = {"check": (0, 1, 2), "doctor": (1,)}.get(verb[0], (0, 3))
            assert done.returncode in ends, (verb, done.stdout, done.stderr)
    assert (
        "8 undated summaries, 9 undated records, 8 undated calculations"
        in recon("doctor", url=url).stdout
    )


def test_a_record_moved_out_of_the_calendar_makes_its_day_pending(loose: Connection) -> None:
    loose.execute(
        "update curtailment_records set settlement_date = '10000-01-01'"
        " where settlement_date = '2025-03-01' and settlement_period = 1"
    )
    assert pending(loose) == [MARCH_1]
    assert reconcile(loose)["outcome"] == "complete"
    assert kinds(loose) == {}


@pytest.mark.parametrize("outside", ["10000-01-01", "2008-12-31", "2100-01-02", "9999-12-31"])
def test_a_file_with_dates_outside_is_refused_by_line(
    outside: str, db: Connection, url: str, tmp_path: Any
) -> None:
    records = tmp_path / "records.csv"
    records.write_text(
        "settlement_date,settlement_period,farm_id,volume,payment\n"
        f"2025-03-01,1,T_A-1,-1,70\n{outside},1,T_A-1,-1,70\n"
    )
    done = recon("load", str(records), url=url)
    assert done.returncode == 1
    assert f":3: settlement_date '{outside}' is not a date" in done.stderr
    figures = tmp_path / "difficulty.json"
    figures.write_text(json.dumps({"2025-03-01": "110568428300952", outside: "110568428300952"}))
    done = recon("sync", "--from-file", str(figures), url=url)
    assert done.returncode == 3, done.stderr
    assert "not a date of the" in done.stderr
    assert value(db, "select count(*) from recon.network_difficulties") == 1
    assert recon("status", "--json", url=url).returncode in (0, 3)


@pytest.mark.parametrize("outside", OUTSIDE)
@pytest.mark.parametrize(
    "statement",
    [
        "select * from recon.gaps({0}, {0})",
        "select * from recon.verify({0}, null)",
        "select * from recon.verify(null, {0})",
        "call recon.reconcile(from_date => {0})",
        "call recon.reconcile(to_date => {0})",
        "call recon.reconcile_date({0})",
        "select * from recon.explain({0}, 1, 'T_FARM-0')",
        "select recon.skip_day({0}, 'why')",
        "select recon.retry_day({0})",
        "select * from recon.accept_difficulty({0})",
        "select * from recon.reject_difficulty({0}, 'why')",
        "select * from recon.report_verdict({0}, null)",
    ],
)
def test_an_argument_outside_of_the_calendar_is_refused(
    statement: str, outside: str, loose_for_all: Connection
) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        loose_for_all.execute(statement.format(f"'{outside}'::date").encode())


# ------------------------------------------------------------------------- days that are not right


def test_verify_names_what_it_cannot_prove_and_makes_none_of_it_pending(
    db: Connection, url: str
) -> None:
    march = [date(2025, 3, day) for day in range(1, 6)]
    days(db, *march)
    db.execute("delete from recon.network_difficulties where settlement_date = '2025-03-01'")
    record(db, march[1], 49)
    db.execute("select recon.skip_day('2025-03-03', 'disputed')")
    db.execute(
        "alter table historical_bitcoin_calculations add constraint not_the_4th"
        " check (settlement_date <> '2025-03-04') not valid"
    )
    reconcile(db)
    expected = {
        ("2025-03-01", "blocked", 36),
        ("2025-03-02", "invalid_source", 3),
        ("2025-03-03", "skipped", None),
        ("2025-03-04", "failed", None),
    }
    waiting = value(db, "select count(*) from recon.changes")
    for depth in ("cells", "fingerprints"):
        for _ in range(2):
            told = found(db, depth)
            assert expected <= told
            assert {day for day, _, _ in told} == {f"2025-03-0{day}" for day in range(1, 5)}
            assert value(db, "select count(*) from recon.changes") == waiting
        done = recon("verify", "--depth", depth, url=url)
        assert done.returncode == 3
        assert "all is as it should be" not in done.stdout
        done = recon("verify-month", "2025-03", "--depth", depth, "--json", url=url)
        assert done.returncode == 3
        assert {row["finding"] for row in json.loads(done.stdout)} >= {"blocked", "skipped"}
    assert value(db, "select count(*) from recon.events where kind = 'tampering_seen'") == 0
    message = value(db, "select message from recon.verify_recent(3000)")
    for words in ("36 blocked", "3 invalid_source", "1 day failed", "1 day skipped"):
        assert words in message
    report = recon("report", url=url)
    assert report.returncode == 3
    assert "2 blocked, 1 failed, 1 skipped" in report.stdout


# ------------------------------------------------------------------------------- keys and amounts

INVALID: dict[str, dict[str, str | None]] = {
    "no farm": {"farm_id": None},
    "an empty farm": {"farm_id": ""},
    "a blank farm": {"farm_id": "  "},
    "no period": {"settlement_period": None},
    "period 0": {"settlement_period": "0"},
    "period 49": {"settlement_period": "49"},
    "the last of all periods": {"settlement_period": "2147483647"},
    "the first of all periods": {"settlement_period": "-2147483648"},
    "no volume": {"volume": None},
    "no number": {"volume": "NaN"},
    "infinity": {"volume": "-Infinity"},
    "10,000 and the least bit": {"volume": "-10000.000000000000000000000000000001"},
    "the largest number there is": {"volume": "-9e131071"},
    "31 decimals": {"volume": "-1.0000000000000000000000000000001"},
    "16383 decimals": {"volume": "-1e-16383"},
}
"""What cannot be right in a record."""


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("what", INVALID)
def test_a_record_that_cannot_be_right_is_named_by_all_and_the_day_is_done(
    what: str, rows: int, loose: Connection
) -> None:
    record(loose, MARCH_1, 30, "T_NEW-1", -5)
    for _ in range(rows):
        insert(loose, **{"settlement_period": "31", "farm_id": "T_NEW-2"} | INVALID[what])
    assert reconcile(loose)["outcome"] == "incomplete"
    assert value(loose, "select count(*) from historical_bitcoin_calculations") == 75
    day = loose.execute("select * from recon.days where settlement_date = '2025-03-01'").fetchone()
    assert day is not None
    assert (day["outcome"], day["invalid_cells"]) == ("blocked", 3)
    assert kinds(loose) == {"invalid_source": 3}
    for depth in ("cells", "fingerprints"):
        assert found(loose, depth) == {("2025-03-01", "invalid_source", 3)}
    plan = loose.execute("select * from recon.plan('2025-03-01', '2025-03-01', true)").fetchone()
    assert plan is not None
    assert (plan["result"], plan["missing"], plan["orphan"]) == ("blocked", 0, 0)
    assert value(loose, "select judged_days from recon.inspect_source()") == 2
    assert pending(loose) == []
    loose.execute(
        "delete from curtailment_records r where ctid in (select ctid from curtailment_records"
        " order by id desc limit %s)",
        (rows,),
    )
    assert pending(loose) == [MARCH_1]
    assert reconcile(loose)["outcome"] == "complete"
    oracle.assert_consistent(loose)


@pytest.fixture
def odd_keys(loose: Connection) -> Connection:
    """Two days with cells of every kind: invalid, missing, stale, wrong, orphan, repaired, none."""
    loose.execute(
        "insert into recon.miner_models (miner_model, hashrate_ths, power_watts, is_active)"
        " values ('OLD', 1, 1, false)"
    )
    loose.execute(
        "insert into historical_bitcoin_calculations values"
        " ('2025-03-02', 50, 'T_GONE-1', 'S9', 1, 1), ('2025-03-02', 1, 'T_FARM-0', 'OLD', 1, 1)"
    )
    reconcile(loose)
    assert value(loose, "select count(*) from recon.repairs where kind = 'orphan'") == 2
    for what in INVALID.values():
        insert(loose, **{"settlement_period": "31", "farm_id": "T_NEW-2"} | what)
    insert(loose, farm_id="T_IDLE-1", volume="0")
    insert(loose, farm_id="-5 & <b>?=#", settlement_period="2")
    reconcile(loose)
    record(loose, MARCH_1, 40, "T_LATE-1", -3)
    for wrong in (
        "update historical_bitcoin_calculations set bitcoin_mined = 2 where farm_id = 'T_FARM-1'",
        "update historical_bitcoin_calculations set difficulty = 2 where farm_id = 'T_FARM-2'",
        "insert into historical_bitcoin_calculations values"
        " ('2025-03-02', 49, 'T_GONE-2', 'S9', 1, 1)",
    ):
        loose.execute(wrong.encode())
    return loose


EVERY_CELL = """
select settlement_date, settlement_period, farm_id from recon.gaps()
union select settlement_date, settlement_period, farm_id from recon.repairs
union select settlement_date, settlement_period, farm_id from curtailment_records
"""


def test_whatever_cell_one_verb_names_every_other_shows(odd_keys: Connection, url: str) -> None:
    kinds_there = set(kinds(odd_keys))
    assert kinds_there == {"invalid_source", "missing", "stale", "wrong", "orphan"}
    seen: dict[tuple[Any, ...], set[str]] = {}
    for row in odd_keys.execute("select * from recon.gaps()").fetchall():
        key = (row["settlement_date"], row["settlement_period"], row["farm_id"])
        seen.setdefault(key, set()).add(row["kind"])
    cells = [tuple(row.values()) for row in odd_keys.execute(EVERY_CELL.encode()).fetchall()]
    assert (MARCH_2, 50, "T_GONE-1") in cells
    assert (MARCH_1, None, "T_NEW-2") in cells
    for cell in cells:
        found = odd_keys.execute("select * from recon.explain(%s, %s, %s)", cell).fetchall()
        off = {row["verdict"] for row in found if row["verdict"] != "right"}
        assert found, cell
        assert off == seen.get(cell, set()), cell
        with odd_keys.transaction(force_rollback=True):
            if "invalid_source" in off:
                with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="be right"):
                    odd_keys.execute("select * from recon.spot_fix(%s, %s, %s)", cell)
            else:
                fixed = odd_keys.execute("select * from recon.spot_fix(%s, %s, %s)", cell)
                assert {row["kind"] for row in fixed} == off, cell
    for day, period, farm in cells:
        if str(farm).startswith("T_FARM"):
            continue
        typed = [str(day), *("-" if key is None else str(key) for key in (period, farm))]
        if farm and farm.startswith("-"):
            typed.insert(0, "--")
        done = recon("explain", "--json", *typed, url=url)
        assert done.returncode == 0, (typed, done.stderr)
        assert json.loads(done.stdout), typed
        done = recon("spot-fix", "--dry-run", *typed, url=url)
        assert done.returncode in (0, 3), (typed, done.stderr)


def test_every_link_of_the_live_page_leads_to_a_page(odd_keys: Connection, url: str) -> None:
    record(odd_keys, MARCH_1, 41, "T_LATE-1", -3)
    with serving(url) as live:
        asked, to_ask = set(), {"/"}
        while to_ask:
            path = to_ask.pop()
            asked.add(path)
            answer = live.ask(path)
            assert answer.status == 200, (path, answer.data.decode()[-2000:])
            links = re.findall(r'href="(/[^"]*)"', answer.data.decode())
            pages = {unescape(link).partition("#")[0] for link in links}
            to_ask |= {page for page in pages - asked if "farm=T_FARM" not in page}
    cells = [path for path in asked if "/cell?" in path]
    assert len(cells) >= 14, cells


def test_a_payment_that_cannot_be_right_is_in_nobodys_way(loose: Connection, url: str) -> None:
    for payment in ("NaN", "Infinity", "9e131071", "-9e131071", "9e131071", None):
        insert(loose, farm_id="T_NEW-1", payment=payment)
    assert reconcile(loose)["outcome"] == "complete"
    for verb in (("report", "--json"), ("report",), ("inspect",), ("source-issues",)):
        done = recon(*verb, url=url)
        assert done.returncode in (0, 3), (verb, done.stderr)


@pytest.fixture
def many_decimals(db: Connection) -> Connection:
    """Volumes and payments as a division leaves them, and something of every kind to tell."""
    days(db, MARCH_1, MARCH_2)
    db.execute("update curtailment_records set volume = volume / 8.0, payment = 70 / 8.0")
    reconcile(db)
    db.execute("delete from recon.network_difficulties where settlement_date = '2025-03-02'")
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 1 where farm_id ~ '1$'")
    return db


NOISE = re.compile(r"\.[0-9]*0{4,}(?![0-9])")
"""Zeros that say only how a number was worked out."""


def test_no_number_ends_in_zeros_and_those_of_json_are_numbers(
    many_decimals: Connection, url: str
) -> None:
    with_json = {verb: (*verb, "--json") for verb in READING if "--json" not in verb}
    verbs = [*READING, *with_json.values(), ("explain", "2025-03-01", "1", "T_FARM-1", "--json")]
    for verb in verbs:
        if verb[0] == "metrics" and "--json" in verb:
            continue
        done = recon(*verb, url=url)
        assert done.returncode in (0, 1, 2, 3), (verb, done.stderr)
        assert not NOISE.search(done.stdout), (verb, NOISE.search(done.stdout))
        if "--json" in verb:
            for name, text in strings(json.loads(done.stdout)):
                is_amount = re.search("btc|bitcoin|mwh|gbp|difficult", name)
                assert is_amount or not re.fullmatch(r"-?[0-9.]+", text), (verb, name, text)


def strings(document: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a document, with the name of its field."""
    if isinstance(document, dict):
        for key, each in document.items():
            yield from strings(each, key)
    elif isinstance(document, list):
        for each in document:
            yield from strings(each, name)
    elif isinstance(document, str):
        yield name, document


SHOWN = (
    "status()",
    "day_status",
    "gaps()",
    "gap_counts()",
    "plan(null, null, true)",
    "explain('2025-03-01', 1, 'T_FARM-1')",
    "judged_cells('2025-03-01')",
    "report_days(null, null)",
    "report_months(null, null)",
    "report_calendar(null, null)",
    "report_top(null, null)",
    "expected_calculations",
    "curtailed_energy",
)
"""Sums of energy and money that people look at in psql."""


def test_sums_in_psql_do_not_end_in_zeros(many_decimals: Connection) -> None:
    for what in SHOWN:
        for row in many_decimals.execute(f"select t::text as line from recon.{what} t".encode()):
            assert not NOISE.search(row["line"]), (what, row)


NUMBERS = st.integers(1, 30).flatmap(
    lambda digits: st.tuples(
        st.integers(10 ** (digits - 1), 10**digits - 1), st.integers(0, digits + 20)
    )
)
"""A whole number of up to 30 digits, and after how many of its digits the point stands."""


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_value_is_right_in_its_last_digit(data: st.DataObject, db: Connection) -> None:
    """Also next to a tie, with as many decimals as a volume may have."""

    def number(most: int) -> Decimal:
        digits, scale = data.draw(NUMBERS)
        return min(Decimal(digits).scaleb(-scale, Context(prec=100)), Decimal(most))

    difficulty, power, hashrate = number(10**40), number(10**9), number(10**9)
    reward = Decimal(data.draw(st.sampled_from(["50", "3.125", "0.09765625"])))
    tie = Fraction(2 * data.draw(st.integers(0, 10**9)) + 1, 2 * 10**12)
    one_mwh = (
        Fraction(3_600_000_000 * 10**12)
        * Fraction(hashrate)
        * Fraction(reward)
        / (Fraction(power) * Fraction(difficulty) * 2**32)
    )
    scale = data.draw(st.integers(0, 30))
    nearest = tie / one_mwh * 10**scale // 1 + data.draw(st.integers(-1, 2))
    mwh = Decimal(int(nearest)).scaleb(-scale, Context(prec=200))
    assume(0 < mwh <= 10_000)
    with db.transaction(force_rollback=True):
        db.execute("delete from recon.block_rewards")
        db.execute("insert into recon.block_rewards values ('2009-01-03', %s)", (reward,))
        db.execute("insert into recon.miner_models values ('S0', %s, %s)", (hashrate, power))
        db.execute(
            "insert into recon.network_difficulties values ('2025-03-01', %s)", (difficulty,)
        )
        record(db, MARCH_1, 1, "T_A-1", f"-{mwh:f}")
        got = value(
            db, "select bitcoin_mined from recon.expected_calculations where miner_model = 'S0'"
        )
    assert got == oracle.bitcoin_mined(mwh, difficulty, hashrate, power, reward)
