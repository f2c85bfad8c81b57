"""Leaving: asked for, refused, kept waiting, killed, and what it leaves."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest
from psycopg.conninfo import make_conninfo

from recon_kit import turns
from recon_kit.db import Connection, connect
from recon_kit.errors import BusyError, ReconError
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate
from recon_kit.uninstall import uninstall
from tests import oracle
from tests.catalog import PLATFORM, catalog, everything
from tests.commands import environment, recon
from tests.cron import STAND_IN
from tests.world import MARCH_1, MARCH_2, days, difficulty, kinds, pending, reconcile, until, value

DERIVED = ("row of historical_bitcoin_calculations", "row of bitcoin_daily_summaries")


@pytest.fixture
def empty(bare_url: str) -> Iterator[Connection]:
    """A connection to an empty database."""
    with connect(bare_url) as connection:
        yield connection


def versions(db: Connection) -> list[str]:
    """Each derived row with the transaction that wrote it."""
    return [
        row["line"]
        for row in db.execute(
            "select concat(t.xmin, t) as line from historical_bitcoin_calculations t"
            " union all select concat(t.xmin, t) from bitcoin_daily_summaries t order by 1"
        )
    ]


def test_without_yes_it_lists_what_would_go_and_touches_nothing(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute("analyze")
    before = everything(db)
    asked = recon("uninstall", url=url)
    assert asked.returncode == 2
    assert "error: nothing was removed" in asked.stderr
    fates = {row["what"]: row for row in json.loads(recon("uninstall", "--json", url=url).stdout)}
    assert fates["table recon.network_difficulties"]["fate"] == "removed"
    assert fates["view recon.monthly_sums"]["fate"] == "removed"
    assert fates["table public.bitcoin_monthly_summaries"]["fate"] == "stays"
    kept = fates["table public.historical_bitcoin_calculations"]
    assert (kept["fate"], kept["about_rows"]) == ("stays", 36)
    assert all(what in asked.stdout for what in fates)
    assert everything(db) == before


def test_tables_of_the_platform_are_as_they_were_and_derived_rows_stay(
    bare_url: str, empty: Connection
) -> None:
    empty.execute(PLATFORM.encode())
    before = [fact for fact in everything(empty) if not fact.startswith(DERIVED)]
    migrate(bare_url)
    made = ("bitcoin_monthly_summaries", "bitcoin_yearly_summaries")
    difficulty(empty)
    assert reconcile(empty)["outcome"] == "complete"
    derived = versions(empty)
    assert len(derived) == 6

    done = recon("uninstall", "--yes", url=bare_url)
    assert (done.returncode, done.stderr) == (0, "")
    left = [fact for fact in everything(empty) if not fact.startswith(DERIVED)]
    assert [fact for fact in left if not any(name in fact for name in made)] == before
    assert versions(empty) == derived
    for name in made:
        assert value(empty, f"select count(*) from {name}") == 3


def test_the_kit_that_comes_back_finds_everything_right(db: Connection, url: str) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    derived = versions(db)
    uninstall(url)
    assert versions(db) == derived
    assert value(db, "select count(*) from curtailment_records") == 24
    migrate(url)
    assert kinds(db) == {"blocked": 72}
    for day in (MARCH_1, MARCH_2):
        difficulty(db, day)
    assert pending(db) == [MARCH_1, MARCH_2]
    assert kinds(db) == {}
    assert reconcile(db)["outcome"] == "complete"
    assert versions(db) == derived
    oracle.assert_consistent(db)


def test_roles_have_nothing_left_that_keeps_them_from_being_dropped() -> None:
    with throwaway_server() as server, connect(server.url()) as owner:
        for role in ("recon_reader", "recon_operator"):
            owner.execute(f"create role {role} nologin".encode())
        migrate(server.url())
        listed = [row["what"] for row in uninstall(server.url()) if row["fate"] == "stays"]
        assert {"role recon_reader", "role recon_operator"} <= set(listed)
        owner.execute("drop role recon_reader, recon_operator")


def test_jobs_of_the_kit_end_and_those_of_others_do_not(db: Connection, url: str) -> None:
    db.execute(STAND_IN)
    db.execute("select cron.schedule('theirs', '* * * * *', 'select 1')")
    db.execute("select recon.schedule_jobs()")
    uninstall(url)
    assert value(db, "select string_agg(jobname, ', ') from cron.job") == "theirs"


def test_an_adoption_has_to_be_ended_before(db: Connection, url: str) -> None:
    db.execute("create schema recon_legacy; create table recon_legacy.adoption (started_at date)")
    done = recon("uninstall", "--yes", url=url)
    assert done.returncode == 1
    assert "recon-kit adopt --undo" in done.stderr
    assert value(db, "select to_regnamespace('recon') is not null")


def test_what_was_replaced_long_ago_is_left_and_named(db: Connection, url: str) -> None:
    db.execute("create schema recon_legacy; create table recon_legacy.t as select 1 as x")
    assert "schema recon_legacy" in recon("uninstall", "--yes", url=url).stdout
    assert value(db, "select x from recon_legacy.t") == 1


# -------------------------------------------------------------------------------------- refused

THEIRS = {
    "a view on a view": (
        "create view dashboard as select state from recon.day_status",
        "view public.dashboard depends on the kit",
    ),
    "a view on a summary": (
        "create view months as table recon.monthly_sums",
        "view public.months depends on the kit",
    ),
    "a view on such a view": (
        "create view a as table recon.runs; create view b as select run_id from a",
        "view public.a depends on the kit: drop it; view public.b depends on the kit",
    ),
    "a foreign key": (
        "create table prices (miner_model text references recon.miner_models)",
        "prices_miner_model_fkey on public.prices depends on the kit",
    ),
    "a default": (
        "create table seen (at timestamptz default recon.now())",
        "default value for public.seen.at depends on the kit",
    ),
    "a column": (
        "create table sums (x integer, y recon.model_sum)",
        "table column public.sums.y depends on the kit",
    ),
    "a trigger": (
        "create table notes (x integer);"
        " create trigger note after insert on notes execute function recon.record_every_day('x')",
        "trigger note on public.notes depends on the kit",
    ),
    "a table in the schema": (
        "create table recon.mine (x integer)",
        "recon.mine is not the kit's: move it to another schema",
    ),
    "a function in the schema": (
        "create function recon.mine() returns integer language sql as 'select 1'",
        "recon.mine is not the kit's",
    ),
}


@pytest.mark.parametrize("what", THEIRS)
def test_what_others_built_on_the_kit_is_not_taken_along(
    what: str, db: Connection, url: str
) -> None:
    statement, named = THEIRS[what]
    db.execute(statement.encode())
    before = everything(db)
    done = recon("uninstall", "--yes", url=url)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the kit cannot be removed: ")
    assert named in done.stderr
    assert "Nothing was changed." in done.stderr
    assert done.stderr.count("; ") == named.count("; "), "nothing of the kit's is in the way"
    assert everything(db) == before


def test_a_role_that_does_not_own_the_kit_is_told_who_does(db: Connection, url: str) -> None:
    role = f"rk_{uuid.uuid4().hex[:10]}"
    db.execute(f"create role {role} login".encode())
    try:
        owner = value(db, "select nspowner::regrole::text from pg_namespace where nspname='recon'")
        with pytest.raises(ReconError, match=f"schema recon belongs to {owner}"):
            uninstall(make_conninfo(url, user=role))
        assert value(db, "select days from recon.status()") == 0
    finally:
        db.execute(f"drop role {role}".encode())


def test_a_database_without_the_kit_is_named(bare_url: str) -> None:
    for arguments in ([], ["--yes"]):
        done = recon("uninstall", *arguments, url=bare_url)
        assert done.returncode == 1
        assert "has no schema recon: there is nothing to remove" in done.stderr


def test_a_database_newer_than_the_code_is_refused(db: Connection, url: str) -> None:
    db.execute("insert into recon._yoyo_migration values ('x', '9999.later', now())")
    with pytest.raises(ReconError, match="newer than this recon-kit"):
        uninstall(url)


# -------------------------------------------------------------------------- in use, and killed


def test_a_table_in_use_keeps_it_waiting_and_in_the_end_it_gives_up(
    db: Connection, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 1.0)
    before = everything(db)
    with connect(url) as writer, writer.transaction():
        writer.execute("insert into recon.network_difficulties values ('2025-03-01', 5)")
        with pytest.raises(BusyError, match=r"in use: .*recon\.network_difficulties"):
            uninstall(url)
    db.execute("delete from recon.network_difficulties")
    db.execute("delete from recon.changes where settlement_date = '2025-03-01'")
    assert everything(db) == before


def test_killed_half_way_it_has_removed_nothing(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    reconcile(db)
    before = everything(db)
    with connect(url) as reader, reader.transaction():
        reader.execute("table recon.repairs")  # dropped after much else
        process = subprocess.Popen(
            [sys.executable, "-m", "recon_kit", "uninstall", "--yes"],
            env=environment(url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        until(
            db,
            "select max(l.pid) from pg_locks l where not l.granted"
            " and l.mode = 'AccessExclusiveLock'"
            " and l.relation = 'recon.repairs'::regclass",
        )
        process.kill()
        process.communicate()
    until(
        db,
        "select count(*) = 0 from pg_stat_activity where datname = current_database()"
        " and application_name = 'recon-kit' and pid <> pg_backend_pid()",
    )
    assert everything(db) == before
    assert catalog(db) != []
    uninstall(url)
    assert value(db, "select to_regnamespace('recon')") is None
