"""Whatever a database, a role or the environment sets: every verb and function says the same."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from recon_kit import cli
from recon_kit.db import Connection, connect
from recon_kit.migrate import migrate
from tests import oracle
from tests.world import MARCH_1, MARCH_2, days, difficulty, only_long, reconcile, record

CATEGORIES = (
    "Client Connection Defaults / Statement Behavior",
    "Client Connection Defaults / Locale and Formatting",
    "Version and Platform Compatibility%",
    "Query Tuning%",
    "Customized Options",
)

MORE = ("debug_parallel_query", "force_parallel_mode", "work_mem")

TEXTS = {
    "DateStyle": ("'SQL, DMY'", "German", "'Postgres, MDY'"),
    "TimeZone": ("'Pacific/Kiritimati'", "'America/St_Johns'", "'-12'"),
    "client_encoding": ("LATIN1", "SQL_ASCII", "EUC_JP"),
    "search_path": ("hostile, pg_catalog", "''"),
    "plpgsql.extra_errors": ("'all'",),
    "plpgsql.extra_warnings": ("'all'",),
    "lc_monetary": ("'C'",),
    "lc_numeric": ("'C'",),
    "lc_time": ("'C'",),
}
"""Values that are not to be had from the catalog."""

LEFT_OUT = {
    # They are limits that somebody wants, and doctor names them.
    "statement_timeout",
    "transaction_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "default_transaction_read_only",
    # They are of a transaction, not of a session.
    "transaction_isolation",
    "transaction_read_only",
    "transaction_deferrable",
    # They cost time and change nothing else.
    "jit_above_cost",
    "jit_inline_above_cost",
    "jit_optimize_above_cost",
}

SLOW = re.compile("(debug|force)_parallel.*|.*_cost|enable_(hashjoin|indexscan|material|memoize)")
"""A process for each statement, or plans that take minutes: these are tried by themselves."""

SHADOWS = """
create schema hostile;
create table hostile.days (x integer);
create table hostile.runs (x integer);
create table hostile.settings (x integer);
create table hostile.pg_class (x integer);
create table hostile.curtailment_records (x integer);
create function hostile.now() returns timestamptz language sql
  as $$ select timestamptz '-infinity' $$;
create function hostile.abs(numeric) returns numeric language sql as $$ select -1.0 $$;
create function hostile.round(numeric, integer) returns numeric language sql as $$ select 0.0 $$;
create function hostile.to_char(numeric, text) returns text language sql
  as $$ select text 'wrong' $$;
create function hostile.to_char(timestamptz, text) returns text language sql
  as $$ select text 'wrong' $$;
"""

VERBS = (
    ("status",),
    ("status", "--json"),
    ("gaps",),
    ("gaps", "--json", "--from", "2025-03-01"),
    ("analyze",),
    ("runs",),
    ("runs", "1"),
    ("events",),
    ("events", "--json"),
    ("check", "-v"),
    ("metrics",),
    ("report",),
    ("report", "--json"),
    ("explain", "2025-03-01", "1", "T_FARM-0"),
    ("forecast",),
    ("source-issues", "--all"),
    ("difficulty", "list"),
    ("reconcile", "--dry-run", "--force"),
    ("fix-critical", "--dry-run"),
    ("spot-fix", "2025-03-01", "1", "T_FARM-1"),
    ("inspect",),
    ("verify",),
    ("verify", "--depth", "fingerprints"),
    ("verify-month", "2025-03"),
    ("recent", "--days", "10000"),
    ("daily-check", "--days", "2"),
    ("date", "2025-03-02"),
    ("skip-day", "2025-03-02", "caf\u00e9"),
    ("retry-day", "2025-03-02"),
    ("critical", "2025-03-02"),
    ("fix-critical",),
    ("scrub", "--budget", "1 minute"),
    ("pause", "for a while"),
    ("doctor",),
    ("check",),
    ("unpause",),
    ("reconcile", "--force", "--workers", "1"),
    ("resume", "1"),
    ("set-alert-limit", "oldest_pending", "2 hours", "1 day"),
    ("prune-history", "--keep", "1 day"),
    ("listen", "--once"),
    ("status",),
)

MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d(:?\d\d)?| ?UTC|Z)?"
    r"|\d\d:\d\d:\d\d(\.\d+)?|-?[\d.,]+ s\b|process \d+|port \d+|seconds=\S+|cells_per_second=\S+"
    r"|\d+ (bytes|kB)|ok +\d+ +seconds|took +\S+|_seconds\S*( [\d.]+)?|\w+=\d+s;"
    r"|seconds\"} \S+|\"(seconds|\w+_per_second)\": \S+"
)


def hostile_values(db: Connection) -> dict[str, list[str]]:
    """Every setting that could change how a statement is read, planned or answered."""
    db.execute("load 'plpgsql'")
    found: dict[str, list[str]] = {}
    for row in db.execute(
        "select s.name, s.vartype, s.enumvals, s.min_val, s.reset_val from pg_settings s"
        " where s.context in ('user', 'superuser')"
        " and (s.category like any (%s) or s.name = any (%s))",
        (list(CATEGORIES), list(MORE)),
    ):
        name, kind = row["name"], row["vartype"]
        if name in LEFT_OUT or name in TEXTS:
            continue
        if kind == "bool":
            found[name] = ["off" if row["reset_val"] == "on" else "on"]
        elif kind == "enum":
            others = [f"'{v}'" for v in row["enumvals"] if v != row["reset_val"]]
            found |= {name: others} if others else {}
        elif kind in ("integer", "real"):
            found[name] = [row["min_val"]]
    for name, values in TEXTS.items():
        found[name] = list(values)
    return found


def build(db: Connection) -> None:
    """Days in every state, and something of everything that the verbs tell."""
    days(db, MARCH_1, MARCH_2)
    record(db, MARCH_2.replace(day=3))
    reconcile(db)
    difficulty(db, MARCH_2.replace(day=4))
    record(db, MARCH_2.replace(day=4), period=49)
    reconcile(db)
    db.execute("select recon.skip_day('2025-03-04', 'under review')")
    db.execute(
        "update historical_bitcoin_calculations set bitcoin_mined = 1"
        " where settlement_date = '2025-03-01' and settlement_period = 1"
    )
    db.execute(SHADOWS.encode())


def run(url: str, *words: str, **environ: str) -> tuple[int, list[str]]:
    """What a verb says, without what is another at each call: times and processes."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("DATABASE_URL", url)
        for name, value in environ.items():
            patch.setenv(name, value)
        code = cli.run(list(words))
    database = str(conninfo_to_dict(url)["dbname"])
    said = MOMENT.sub("<>", out.getvalue() + err.getvalue()).replace(database, "<database>")
    said = re.sub(r"(seconds_per_day) +[0-9.]+", r"\1 <>", said)
    return code, [re.sub(r" +", " ", line) for line in said.splitlines()]


def views_and_functions(url: str) -> dict[str, list[Any]]:
    """What each view, and each function that can be called without an argument, returns.

    The session is left as it is; values come in binary, so that only what is text can differ.
    """
    found = {}
    with psycopg.connect(url, autocommit=True, client_encoding="utf8") as connection:
        names = connection.execute(
            "select 'select * from recon.\"' || c.relname || '\"' from pg_catalog.pg_class c"
            " where c.relnamespace = 'recon'::regnamespace and c.relkind = 'v'"
            " union all select 'select * from recon.\"' || p.proname || '\"()'"
            " from pg_catalog.pg_proc p where p.pronamespace = 'recon'::regnamespace"
            " and p.pronargs = p.pronargdefaults and p.provolatile <> 'v' and p.prokind = 'f'"
            " and p.prorettype <> 'trigger'::regtype and p.proname !~ '^(require_|platform_path)'"
        ).fetchall()
        connection.execute("set quote_all_identifiers = off")  # that is meant to be another text
        for (statement,) in sorted(names):
            with connection.cursor(binary=True) as cursor:
                try:
                    rows = cursor.execute(statement).fetchall()
                except psycopg.Error as error:
                    rows = [(error.sqlstate, error.diag.message_primary, error.diag.message_hint)]
            texts = [[c for c in row if isinstance(c, str)] for row in rows]
            found[statement] = sorted(MOMENT.sub("<>", repr(row)) for row in texts)
    return found


@pytest.fixture
def twin(url: str) -> Iterator[str]:
    """Another database in the same state as the test's own."""
    name = f"{conninfo_to_dict(url)['dbname']}_twin"
    other = make_conninfo(url, dbname=name)
    admin = make_conninfo(url, dbname="postgres")
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    migrate(other)
    for database in (url, other):
        with connect(database) as db:
            build(db)
    yield other
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def set_all(url: str, settings: dict[str, str]) -> None:
    """Sets these for all that sign in from now on, and no other."""
    name = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
    admin = make_conninfo(url, dbname="postgres")
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute("load 'plpgsql'")
        server.execute(sql.SQL("alter database {} reset all").format(name))
        for setting, value in settings.items():
            server.execute(
                sql.SQL("alter database {} set {} = ").format(name, sql.SQL(setting))
                + sql.SQL(value)
            )


def everything(url: str) -> dict[Any, Any]:
    said: dict[Any, Any] = dict(views_and_functions(url))
    said |= {(n, *words): run(url, *words) for n, words in enumerate(VERBS)}
    return said


def test_all_settings_at_once(url: str, twin: str) -> None:
    """In a database that is set up to mislead, all is said and done as in a plain one."""
    with connect(url) as db:
        values = hostile_values(db)
    hostile = {name: several[0] for name, several in values.items() if not SLOW.fullmatch(name)}
    assert len(hostile) > 60
    set_all(twin, hostile)
    plain, misled = everything(url), everything(twin)
    for key, said in plain.items():
        assert misled[key] == said, key
    set_all(twin, {})
    with connect(url) as db, connect(twin) as other:
        oracle.assert_consistent(db)
        oracle.assert_consistent(other)


@pytest.mark.torture
@pytest.mark.slow
@pytest.mark.timeout(1500)
@only_long
def test_each_setting_by_itself(url: str, twin: str) -> None:
    """What two settings could hide from each other."""
    with connect(url) as db:
        hostile = hostile_values(db)
    name = sql.Identifier(str(conninfo_to_dict(twin)["dbname"]))
    plain = views_and_functions(url)
    looks = list(VERBS[:19])
    said = {words: run(url, *words) for words in looks}
    # A tenth of them a day: all of them take half an hour.
    for setting, values in sorted(hostile.items())[date.today().toordinal() % 10 :: 10]:
        for value in values[:1]:
            set_all(twin, {setting: value})
            assert views_and_functions(twin) == plain, (setting, value)
            for words in looks[::5]:
                assert run(twin, *words) == said[words], (setting, value)
        with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as server:
            server.execute(sql.SQL("alter database {} reset {}").format(name, sql.SQL(setting)))
