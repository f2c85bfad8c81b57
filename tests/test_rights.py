"""Who may do what, tried by signing in; hostile paths and arguments; where secrets could show."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from recon_kit.db import Connection, connect
from recon_kit.local import Server, throwaway_server
from recon_kit.migrate import migrate
from tests import oracle
from tests.catalog import OPERATOR_RUNS, READER_RUNS, SUMMARIES, catalog, outcome, routines
from tests.commands import ROOT
from tests.cron import STAND_IN
from tests.inprocess import recon
from tests.world import (
    MARCH_1,
    MARCH_2,
    column,
    days,
    difficulty,
    pending,
    reconcile,
    record,
    value,
)

RUNS = {"reader": READER_RUNS, "operator": OPERATOR_RUNS, "ingest": set[str]()}
"""Routines that a role may call, by the role that signs in."""


@pytest.fixture(scope="module")
def house() -> Iterator[Server]:
    """A server where nobody can sign in as the owner. Roles are a whole server's."""
    with throwaway_server() as started:
        with connect(started.url()) as admin:
            for role in ("platform", "recon_reader", "recon_operator"):
                admin.execute(f"create role {role} nologin".encode())
            admin.execute("create role deployer login in role platform")
            admin.execute("alter role deployer set role = platform")
            admin.execute("create role member login inherit in role platform")
            admin.execute("create role reader login in role recon_reader")
            admin.execute("create role operator login in role recon_operator")
            admin.execute("create role ingest login")
            admin.execute("create database platform owner platform")
        migrate(started.url("platform", "deployer"))
        with connect(started.url("platform", "deployer")) as owner:
            owner.execute("grant insert on curtailment_records to ingest")
            days(owner, MARCH_1, MARCH_2)
            reconcile(owner)
        yield started


@pytest.fixture
def owner(house: Server) -> Iterator[Connection]:
    """A connection with the rights of the owner."""
    with connect(house.url("platform", "deployer")) as connection:
        yield connection


def sign_in(house: Server, role: str) -> Connection:
    url = house.url("platform", role)
    return psycopg.connect(url, autocommit=True, row_factory=dict_row)


# ----------------------------------------------------------------- an owner that is no login

OWNERS = (
    "select n.nspowner::regrole::text from pg_namespace n where n.nspname = 'recon'"
    " union select c.relowner::regrole::text from pg_class c"
    " where c.relnamespace in ('recon'::regnamespace, 'public'::regnamespace)"
    " union select p.proowner::regrole::text from pg_proc p"
    " where p.pronamespace = 'recon'::regnamespace"
)


def test_what_a_member_deploys_belongs_to_the_owner_that_cannot_sign_in(
    house: Server, owner: Connection
) -> None:
    assert column(owner, OWNERS) == ["platform"]
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        sign_in(house, "platform")
    assert not migrate(house.url("platform", "deployer")).changed


@pytest.mark.parametrize("how", ["as the owner", "by inheritance"])
def test_any_member_deploys_again_and_runs(how: str, house: Server, owner: Connection) -> None:
    url = house.url("platform", "member")
    if how == "as the owner":
        url = make_conninfo(url, options="-c role=platform")
    assert not migrate(url).changed
    record(owner, period=20)
    for verb in (["reconcile", "--workers", "2"], ["verify"], ["status"], ["doctor"]):
        done = recon(*verb, url=url)
        assert done.returncode == 0, (verb, done.stdout, done.stderr)
    assert "member" in value(owner, "select string_agg(started_by, ' ') from recon.runs")
    assert column(owner, OWNERS) == ["platform"]
    oracle.assert_consistent(owner)


def test_where_an_owner_may_create_no_roles_it_is_told_which_to_have_created() -> None:
    """As on a managed server."""
    with throwaway_server() as server, connect(server.url()) as admin:
        admin.execute("create role tenant login nosuperuser nocreaterole")
        admin.execute("create role analyst login")
        admin.execute("create database tenancy owner tenant")
        url = server.url("tenancy", "tenant")
        statements = migrate(url).roles_to_create
        doctor = json.loads(recon("doctor", "--json", url=url).stdout)
        [told] = [row["finding"] for row in doctor if row["subject"] == "roles"]
        for role in ("recon_reader", "recon_operator"):
            assert f"create role {role} nologin;" in statements
            assert f"create role {role} nologin" in told
        with connect(url) as owner:
            days(owner, MARCH_1)
            assert reconcile(owner)["outcome"] == "complete"
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute(statements[0].encode())
        for statement in [*statements, "grant recon_reader to analyst"]:
            admin.execute(statement.encode())
        assert migrate(url).roles_to_create == []
        with connect(server.url("tenancy", "analyst")) as analyst:
            assert value(analyst, "select reconciled from recon.status()") == 1


# ---------------------------------------------------------------- what each role must not, tried


@pytest.mark.parametrize("role", RUNS)
def test_a_role_calls_nothing_but_what_it_was_granted(
    role: str, house: Server, owner: Connection
) -> None:
    others = [routine for routine in routines(owner) if routine["name"] not in RUNS[role]]
    assert len(others) > 30
    with sign_in(house, role) as db:
        let_in = [r["name"] for r in others if outcome(db, r)[0] != "42501"]
    assert let_in == []


@pytest.mark.parametrize("role", RUNS)
def test_a_role_touches_no_table_but_by_what_it_was_granted(
    role: str, house: Server, owner: Connection
) -> None:
    relations = owner.execute(
        "select c.oid::regclass::text as name, c.relkind::text as kind, a.attname::text as first,"
        " c.relnamespace = 'recon'::regnamespace as is_ours"
        " from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum = 1"
        " where c.relnamespace in ('recon'::regnamespace, 'public'::regnamespace)"
        " and c.relkind in ('r', 'v', 'm')"
    ).fetchall()
    done = []
    with sign_in(house, role) as db:
        for relation in relations:
            name = relation["name"]
            reads = role != "ingest" and (relation["is_ours"] or name in SUMMARIES)
            statements = [f"table {name}"] if not reads else []
            if relation["kind"] == "r":
                statements += [
                    f"update {name} set {relation['first']} = default",
                    f"delete from {name}",
                    f"truncate {name}",
                    f"drop table {name}",
                    f"alter table {name} disable trigger all",
                ]
                if (role, name) != ("ingest", "curtailment_records"):
                    statements.append(f"insert into {name} default values")
            else:
                statements.append(
                    f"drop {'view' if relation['kind'] == 'v' else 'materialized view'} {name}"
                )
            for statement in statements:
                try:
                    db.execute(statement.encode())
                except psycopg.errors.InsufficientPrivilege:
                    continue
                done.append(statement)
    assert done == []
    assert value(owner, "select count(*) from curtailment_records") >= 24


NOT_FOR_THEM = (
    "create table recon.mine (x integer)",
    "create function recon.mine() returns integer language sql as 'select 1'",
    "create or replace function recon.now() returns timestamptz language sql as 'select null'",
    "alter function recon.verify(date, date, text) security invoker",
    "drop schema recon cascade",
    "set role platform",
    "set role recon_operator",
    "alter role recon_reader superuser",
    "grant recon_operator to reader",
    "set session_replication_role = replica",
    "alter system set fsync = off",
    "select pg_read_file('/etc/passwd')",
    "copy (select 1) to program 'true'",
    "select nextval('recon.runs_run_id_seq')",
    "set session authorization platform",
    "reassign owned by platform to current_user",
    "alter default privileges for role platform grant all on tables to current_user",
    "alter schema recon owner to current_user",
    "alter table recon.days owner to current_user",
    "alter function recon.now() owner to current_user",
    "alter function recon.status() set search_path = pg_temp",
    "alter view recon.alerts set (security_invoker = on)",
    "create trigger mine before insert on recon.changes for each row"
    " execute function suppress_redundant_updates_trigger()",
    "create trigger mine before update on historical_bitcoin_calculations for each row"
    " execute function suppress_redundant_updates_trigger()",
    "create rule mine as on insert to recon.runs do also select 1",
    "create policy mine on recon.days using (true)",
    "create statistics mine on settlement_date, outcome from recon.days",
    "create index mine on recon.days (outcome)",
    "comment on table recon.days is 'mine'",
    "refresh materialized view public.bitcoin_monthly_summaries",
    "create operator recon.<> (function = date_ne, leftarg = date, rightarg = date)",
    "create type recon.mine as (x integer)",
    "create event trigger mine on ddl_command_end execute function recon.notify_events()",
    "create extension dblink",
)


@pytest.mark.parametrize("role", RUNS)
def test_a_role_gets_no_further(role: str, house: Server) -> None:
    with sign_in(house, role) as db:
        for statement in NOT_FOR_THEM:
            if role == "operator" and statement == "set role recon_operator":
                continue
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(statement.encode())
        assert migrate_is_refused(house.url("platform", role))


@pytest.mark.parametrize("role", RUNS)
def test_no_trigger_function_of_the_kit_serves_on_a_table_of_ones_own(
    role: str, house: Server, owner: Connection
) -> None:
    """It would write for whoever has such a table, under a reason of his choice."""
    functions = column(
        owner,
        "select p.oid::regprocedure::text from pg_proc p"
        " where p.pronamespace = 'recon'::regnamespace and p.prorettype = 'trigger'::regtype",
    )
    assert len(functions) > 10
    with sign_in(house, role) as db:
        db.execute("create temporary table mine (settlement_date date)")
        for function in functions:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(
                    "create trigger mine after insert on mine for each statement execute function"
                    f" {function.removesuffix('()')}('source')".encode()
                )


def test_what_runs_as_the_owner_takes_no_type_that_a_caller_can_make(owner: Connection) -> None:
    """The operators and casts of such a type are its maker's, and would run as the owner."""
    taken = column(
        owner,
        "select distinct t.typname::text from pg_proc p"
        " cross join lateral unnest(p.proargtypes) a (type)"
        " join pg_type t on t.oid = a.type"
        " where p.pronamespace = 'recon'::regnamespace and p.prosecdef"
        " and (t.typtype = 'p' or t.typnamespace not in"
        " ('pg_catalog'::regnamespace, 'recon'::regnamespace))",
    )
    assert taken == []


def test_nobody_becomes_the_owner_by_what_the_kit_grants(owner: Connection) -> None:
    made = owner.execute(
        "select r.rolname::text as role, r.rolsuper or r.rolcreaterole or r.rolcreatedb"
        " or r.rolbypassrls or r.rolreplication as is_mighty,"
        " pg_has_role(r.oid, n.nspowner, 'member') as is_owner"
        " from pg_roles r, pg_namespace n where n.nspname = 'recon'"
        " and r.rolname in ('recon_reader', 'recon_operator')"
    ).fetchall()
    assert [(row["is_mighty"], row["is_owner"]) for row in made] == [(False, False)] * 2
    passed_on = column(
        owner,
        "select a.grantee::regrole::text from pg_class c, aclexplode(c.relacl) a"
        " where c.relnamespace = 'recon'::regnamespace and a.grantee <> c.relowner"
        " and (a.is_grantable or a.privilege_type <> 'SELECT')"
        " union select a.grantee::regrole::text from pg_proc p, aclexplode(p.proacl) a"
        " where p.pronamespace = 'recon'::regnamespace and a.grantee <> p.proowner"
        " and (a.is_grantable or a.grantee = 0)",
    )
    assert passed_on == []
    assert owner.execute("table recon.holders").fetchall() == []


def migrate_is_refused(url: str) -> bool:
    done = recon("migrate", url=url)
    return done.returncode == 1 and "belongs to platform: sign in as that role" in done.stderr


def test_ingest_into_a_table_with_a_serial_key_needs_its_sequence_and_no_more() -> None:
    with throwaway_server() as server, connect(server.url()) as admin:
        admin.execute("create role ingest login")
        admin.execute(
            "create table curtailment_records (id serial primary key, settlement_date date,"
            " settlement_period integer, farm_id text, lead_party_name text, volume numeric,"
            " payment numeric, original_price numeric, final_price numeric, so_flag boolean,"
            " cadl_flag boolean)"
        )
        admin.execute("create index on curtailment_records (settlement_date)")
        admin.execute("grant insert on curtailment_records to ingest")
        admin.execute("grant usage on sequence curtailment_records_id_seq to ingest")
        migrate(server.url())
        reconcile(admin)
        with connect(server.url(user="ingest")) as ingest:
            record(ingest)
        assert pending(admin) == [MARCH_1]
        difficulty(admin)
        assert reconcile(admin)["outcome"] == "complete"


# -------------------------------------------------------------------------------- hostile paths

HOSTILE = r"""
create schema hostile;
create sequence hostile.hits;
grant usage on schema hostile to public;
grant all on sequence hostile.hits to public;

create function hostile.hijack(what text) returns void language plpgsql
set search_path = pg_catalog
as $$
begin
  perform pg_catalog.nextval('hostile.hits');
  raise exception 'hijacked: %', what;
end
$$;

do $$
declare
  v_made record;
begin
  for v_made in
    select
      p.proname,
      p.oid::regprocedure::text as what,
      pg_get_function_identity_arguments(p.oid) as arguments,
      case when p.proretset then 'setof ' end || p.prorettype::regtype as result,
      null as operator
    from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace
      and p.prokind in ('f', 'a')
      and p.prorettype <> all (array['internal', 'cstring', 'trigger']::regtype[])
      and not p.proargtypes::oid[] && array['internal', 'cstring', '"any"']::regtype[]::oid[]
      and p.proargmodes is null
      and not exists (
        select from pg_aggregate a where a.aggfnoid = p.oid and a.aggkind <> 'n'
      )
      and exists (
        select from pg_proc k
        where k.pronamespace = 'recon'::regnamespace
          and k.prosrc ~ ('\m' || p.proname || '\(')
      )
    union all
    select
      'operator_' || o.oid,
      o.oid::regoperator::text,
      concat_ws(', ', nullif(o.oprleft, 0)::regtype, o.oprright::regtype),
      o.oprresult::regtype::text,
      format(
        'create operator hostile.%s (function = hostile.operator_%s, %s rightarg = %s)',
        o.oprname, o.oid, 'leftarg = ' || nullif(o.oprleft, 0)::regtype || ',', o.oprright::regtype
      )
    from pg_operator o
    where o.oprnamespace = 'pg_catalog'::regnamespace
      and (o.oprleft = 0 or o.oprleft = any (array[
        'date', 'text', 'integer', 'bigint', 'numeric', 'interval', 'timestamptz', 'boolean',
        'jsonb', 'anyarray'
      ]::regtype[]))
      and o.oprright = any (array[
        'date', 'text', 'integer', 'bigint', 'numeric', 'interval', 'timestamptz', 'boolean',
        'jsonb', 'anyarray'
      ]::regtype[])
  loop
    execute format(
      'create function hostile.%I(%s) returns %s language plpgsql as '
      '$b$begin perform hostile.hijack(%L); end$b$',
      v_made.proname,
      v_made.arguments,
      coalesce(v_made.result, 'integer'),
      v_made.what
    );
    if v_made.operator is not null then
      execute v_made.operator;
    end if;
  end loop;
end
$$;

create schema nearer;
grant usage on schema nearer to public;

do $$
declare
  v_made record;
begin
  for v_made in
    with
    types (t) as (
      select unnest(array[
        'date', 'text', 'integer', 'bigint', 'numeric', 'interval', 'timestamptz', 'float8'
      ])
    ),
    arguments (a) as (
      select t from types
      union all
      values ('date[]'), ('text, text, text'), ('text, date, text'), ('text, text, date')
      union all
      select a.t || ', ' || b.t from types a, types b
    ),
    functions (name) as (
      select distinct p.proname
      from pg_proc p
      where p.pronamespace = 'pg_catalog'::regnamespace
        and exists (
          select from pg_proc k
          where k.pronamespace = 'recon'::regnamespace
            and k.proconfig is null
            and k.prosrc ~ ('[^.\w]' || p.proname || '\(')
        )
    )
    select f.name::text, a.a as arguments, null as operator
    from functions f, arguments a
    union all
    select
      format('operator_%s', row_number() over ()),
      a.t || ', ' || b.t,
      format(
        'create operator nearer.%s (function = nearer.operator_%s, leftarg = %s, rightarg = %s)',
        o.name, row_number() over (), a.t, b.t
      )
    from types a, types b, unnest(string_to_array('= <> < > <= >= + - * / ^ ||', ' ')) o (name)
    where a.t <> b.t
  loop
    execute format(
      'create function nearer.%I(%s) returns integer language plpgsql as '
      '$b$begin perform hostile.hijack(%L); end$b$',
      v_made.name, v_made.arguments, v_made.name || ' ' || v_made.arguments
    );
    if v_made.operator is not null then
      execute v_made.operator;
    end if;
  end loop;
end
$$;

create table hostile.changes (x integer);
create table hostile.days (x integer);
create table hostile.runs (x integer);
create table hostile.curtailment_records (x integer);
create table hostile.historical_bitcoin_calculations (x integer);
grant all on all tables in schema hostile to public;
"""
"""Every function and operator that the kit could mean, once more, and ones whose types fit better
than those of pg_catalog, which is searched first: one that is called is noticed."""

PLANTED = """
set search_path = pg_temp, hostile, pg_catalog;
create temporary table changes (x pg_catalog.int4);
create temporary table days (x pg_catalog.int4);
create temporary table curtailment_records (x pg_catalog.int4);
create temporary table miner_models (x pg_catalog.int4);
"""


@pytest.fixture(scope="module")
def hits(house: Server) -> Iterator[Callable[[], int]]:
    """How often hostile code was run."""
    with connect(house.url("platform")) as admin:
        admin.execute(HOSTILE.encode())
        made = value(
            admin, "select count(*) from pg_operator where oprnamespace = 'hostile'::regnamespace"
        )
        assert made > 100
        yield lambda: int(
            value(admin, "select last_value - 1 + is_called::integer from hostile.hits")
        )
        admin.execute("drop schema nearer, hostile cascade")


def test_hostile_code_is_noticed(house: Server, hits: Callable[[], int]) -> None:
    before = hits()
    with sign_in(house, "operator") as db:
        db.execute(PLANTED)
        for statement in ("select 1 + 1", "select current_setting('x', true)"):
            with pytest.raises(psycopg.errors.RaiseException, match="hijacked"):
                db.execute(statement.encode())
    assert hits() == before + 2


@pytest.mark.parametrize("role", ["reader", "operator"])
def test_what_runs_with_the_rights_of_the_owner_looks_at_no_path_of_the_caller(
    role: str, house: Server, owner: Connection, hits: Callable[[], int]
) -> None:
    record(owner, period=30)
    before = hits()
    tried = 0
    with sign_in(house, role) as honest, sign_in(house, role) as hostile:
        hostile.execute(PLANTED)
        for routine in routines(owner):
            if routine["name"] not in RUNS[role] or not routine["is_privileged"]:
                continue
            with honest.transaction(force_rollback=True):
                expected = outcome(honest, routine)[0]
            with hostile.transaction(force_rollback=True):
                assert outcome(hostile, routine)[0] == expected, routine["name"]
            tried += 1
    assert tried > 10
    assert hits() == before
    assert reconcile(owner)["outcome"] == "complete"


@pytest.mark.parametrize("role", ["reader", "operator"])
def test_nothing_that_fits_better_than_what_was_meant_is_called_for_it(
    role: str, house: Server, owner: Connection, hits: Callable[[], int]
) -> None:
    """In a schema of the caller's path that others may create in, as public once was: of all that
    a role calls, and of procedures, which cannot pin their path."""
    record(owner, period=32)
    before = hits()
    with sign_in(house, role) as honest, sign_in(house, role) as hostile:
        hostile.execute("set search_path = nearer")
        for routine in routines(owner):
            if routine["name"] not in RUNS[role]:
                continue
            seen = []
            for db in (honest, hostile):
                if routine["kind"] == "p":
                    seen.append(outcome(db, routine)[0])
                else:
                    with db.transaction(force_rollback=True):
                        seen.append(outcome(db, routine)[0])
            assert seen[0] == seen[1], routine["name"]
        for view in column(
            owner,
            "select c.oid::regclass::text from pg_class c where c.relkind = 'v'"
            " and c.relnamespace = 'recon'::regnamespace",
        ):
            hostile.execute(f"table {view}".encode())
    assert hits() == before
    reconcile(owner)


def test_what_an_insert_sets_off_looks_at_no_path_of_the_writer(
    house: Server, owner: Connection, hits: Callable[[], int]
) -> None:
    assert pending(owner) == []
    before = hits()
    with sign_in(house, "ingest") as ingest:
        ingest.execute(PLANTED)
        ingest.execute(
            "insert into public.curtailment_records"
            " (settlement_date, settlement_period, farm_id, volume, payment)"
            " values ('2025-03-01', 31, 'T_FARM-0', '-1', '70')"
        )
    assert hits() == before
    assert pending(owner) == [MARCH_1]
    assert reconcile(owner)["outcome"] == "complete"


# ---------------------------------------------------------------------------- hostile arguments

PAYLOADS = (
    "'; drop table canary; --",
    "x' || injected() || '",
    "$$; drop table canary; $$",
    '"; drop table canary; --',
    "\\'; drop table canary; --",
    "%s %I %L %(name)s {0} %",
    "\u2019; drop table canary; --",
    "2025-03-01'); select injected(); --",
    "x" * 100_000,
)
CLEAN = ("22", "23", "0A", "42501", "54", "P0", "RK", "DataError")
"""SQLSTATEs of arguments that are refused. One of syntax, or of an unknown name, is not among."""

CANARY = """
create table canary (x integer);
create sequence injections;
create function injected() returns text language sql as
$$ select nextval('public.injections')::text $$;
grant all on canary to public;
grant all on sequence injections to public;
"""


@pytest.fixture
def canary(db: Connection) -> Iterator[Connection]:
    """A database in which an injection leaves a trace, with a day in it."""
    db.execute(STAND_IN)
    db.execute(CANARY)
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    before = schema(db)
    yield db
    assert value(db, "select is_called from injections") is False
    assert schema(db) == before
    assert value(db, "select count(*) from curtailment_records where farm_id like 'T_FARM-_'") == 24


def schema(db: Connection) -> list[str]:
    return [fact for fact in catalog(db) if not fact.startswith("row of ")]


def test_no_argument_of_any_routine_is_taken_for_sql(canary: Connection) -> None:
    """As the owner, who may call all of them."""
    texts = ("text", "text[]", "jsonb")
    tried = 0
    for routine in routines(canary):
        for name, kind in zip(routine["names"], routine["types"], strict=False):
            if kind not in texts:
                continue
            for payload in PAYLOADS:
                argument = json.dumps([{"id": payload}]) if kind == "jsonb" else payload
                argument = [payload] if kind == "text[]" else argument  # type: ignore[assignment]
                state, _ = outcome(canary, routine, **{name: argument})
                assert state is None or state.startswith(CLEAN), (routine["name"], name, payload)
                tried += 1
    assert tried > 100


def test_jobs_say_what_they_said_whatever_their_times(canary: Connection) -> None:
    for payload in PAYLOADS[:-1]:
        for time in (payload, "* * * * " + re.sub(r"\s", "", payload)):
            with pytest.raises(psycopg.errors.InvalidParameterValue, match="as cron has it"):
                canary.execute("select recon.set_job_time('recon reconcile', %s)", (time,))
    canary.execute("select recon.schedule_jobs()")
    [job] = canary.execute(
        "select schedule, command from cron.job where jobname = 'recon reconcile'"
    ).fetchall()
    assert job == {"schedule": "*/15 * * * *", "command": "call recon.reconcile()"}


TYPED = (
    ("explain", "2025-03-01", "1", "{}"),
    ("spot-fix", "2025-03-01", "1", "{}"),
    ("spot-fix", "2025-03-01", "1", "{}", "--dry-run"),
    ("pause", "{}"),
    ("unpause",),
    ("skip-day", "2025-03-01", "{}"),
    ("retry-day", "2025-03-01"),
    ("difficulty", "reject", "2025-03-01", "{}"),
    ("difficulty", "accept", "{}"),
    ("date", "{}"),
    ("reconcile", "--from", "{}"),
    ("reconcile", "--order-by", "{}"),
    ("verify", "--depth", "{}"),
    ("verify-month", "{}"),
    ("prune-history", "--keep", "{}"),
    ("scrub", "--budget", "{}"),
    ("schedule", "--reconcile-at", "{}"),
    ("runs", "{}"),
    ("load", "{}"),
    ("sync", "--from-file", "{}"),
)


@pytest.mark.parametrize("payload", PAYLOADS[:-1])
def test_nothing_typed_on_the_command_line_is_taken_for_sql(
    payload: str, canary: Connection, url: str
) -> None:
    for words in TYPED:
        arguments = [payload if word == "{}" else word for word in words]
        done = recon(*arguments, url=url)
        assert done.returncode in (0, 1, 2, 3), (arguments, done.stderr)
        assert "syntax error" not in done.stderr, (arguments, done.stderr)
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("payload", [*PAYLOADS, "nul \x00 nul"])
def test_nothing_in_a_file_is_taken_for_sql(
    payload: str, canary: Connection, url: str, tmp_path: Path
) -> None:
    records = tmp_path / "records';--.csv"
    quoted = payload.replace('"', '""')
    records.write_text(
        "settlement_date,settlement_period,farm_id,volume,payment,lead_party_name\n"
        f'2025-03-01,1,T_Y,-1,70,"{quoted}"\n2025-03-01,1,T_X,"{quoted}",70,X\n'
        f'2025-03-01,1,"{quoted}",-1,70,X\n'
    )
    done = recon("load", str(records), "--skip-bad", url=url)
    assert done.returncode in (1, 2, 3), done.stderr
    if done.returncode == 3 and "\0" not in payload:
        stored = "select lead_party_name from curtailment_records where farm_id = %s"
        assert value(canary, stored, "T_Y") == payload
    difficulties = tmp_path / "difficulty.json"
    difficulties.write_text(json.dumps({"2025-03-01": payload, payload: "110568428300952"}))
    done = recon("sync", "--from-file", str(difficulties), url=url)
    assert done.returncode in (1, 2, 3), done.stderr
    assert done.stderr == "" or "Traceback" not in done.stderr
    assert value(canary, "select count(*) from recon.network_difficulties") == 2


# -------------------------------------------------------------------------------------- secrets

SECRET = "correct-horse-battery"


def command_lines() -> list[str]:
    """Of all processes that can be seen; one may end meanwhile."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return lines


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="/proc is missing")
def test_psql_has_the_password_and_its_command_line_does_not(url: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "recon_kit", "psql"],
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": make_conninfo(url, password=SECRET, sslpassword=SECRET),
        },
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as psql:
        assert psql.stdin is not None
        assert psql.stdout is not None
        psql.stdin.write("\\pset format unaligned\n\\getenv word PGPASSWORD\n\\echo :word\n")
        psql.stdin.flush()
        assert any(SECRET in line for line in iter(psql.stdout.readline, ""))
        mine = Path(f"/proc/{psql.pid}/cmdline").read_bytes()
        assert b"psql" in mine
        assert SECRET not in "\n".join(command_lines())
        psql.stdin.close()


def test_a_password_on_the_command_line_is_refused(url: str) -> None:
    done = recon("--database-url", make_conninfo(url, password=SECRET), "status", url=url)
    assert done.returncode == 2
    assert "--database-url holds a password" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    without = recon("--database-url", make_conninfo(url, password=""), "status", url=None)
    assert without.returncode == 0


FAILING = {
    "an error of the server": (["retry-day", "2025-03-01"], {}),
    "an error of an argument": (["date", "2999-01-01"], {}),
    "an error at sign-in": (["status"], {"user": "nobody_at_all"}),
    "an error of a driver": (["reconcile", "-v"], {"host": "/nonexistent"}),
    "a run": (["reconcile", "-v", "--workers", "2"], {}),
    "an unreachable DynamoDB": (["sync", "-v", "--endpoint", "http://127.0.0.1:1"], {}),
}


@pytest.mark.parametrize("case", FAILING)
def test_no_error_and_no_log_has_a_secret_in_it(
    case: str, db: Connection, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, wrong = FAILING[case]
    days(db, MARCH_1)
    log = tmp_path / "log"
    for name, text in {
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": SECRET + "-aws",
        "AWS_SESSION_TOKEN": SECRET + "-token",
        "AWS_DEFAULT_REGION": "eu-west-2",
        "RECON_PATIENCE": "1",
        "RECON_DYNAMODB_BUDGET": "1",
        **({"RECON_LOG_FILE": str(log)} if "-v" in arguments else {}),
    }.items():
        monkeypatch.setenv(name, text)
    done = recon(*arguments, url=make_conninfo(url, password=SECRET, sslpassword=SECRET, **wrong))
    assert (done.returncode == 0) == (case == "a run"), done.stderr
    told = done.stdout + done.stderr + (log.read_text() if log.exists() else "")
    assert told
    assert SECRET not in told


# ------------------------------------------------------------------------------------- the time

READS_THE_CLOCK_OF_THE_SESSION = {
    "incomplete_days",
    "month_range",
    "next_run",
    "now",
    "report_verdict",
    "require_range",
    "today",
}
"""Functions that only look."""

NAMES_DATES = {"recent_range"}
"""Which days are meant by the last so many, when nobody has named them."""

OLD, ANCIENT = "2010-01-01 00:00+00", "1999-12-31"


def test_nothing_that_writes_or_decides_takes_the_time_that_a_session_says(db: Connection) -> None:
    """What does is named here, and what looks at it in turn only looks, or has it reset."""
    reads = column(
        db,
        "select p.proname::text from pg_proc p where p.pronamespace = 'recon'::regnamespace"
        r" and p.prosrc ~ '\mrecon\.(now|today)\(|\mrecon\.now\M' order by 1",
    )
    assert set(reads) == READS_THE_CLOCK_OF_THE_SESSION | NAMES_DATES
    views = column(
        db,
        "select distinct r.ev_class::regclass::text from pg_depend d"
        " join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass"
        " where d.refobjid in ('recon.now()'::regprocedure, 'recon.today()'::regprocedure)",
    )
    assert views == []
    volatile = column(
        db,
        "select p.proname::text from pg_proc p where p.pronamespace = 'recon'::regnamespace"
        r" and p.provolatile = 'v' and p.prosrc ~ %s",
        r"recon\.(incomplete_days|next_run|report_verdict)\M",
    )
    assert volatile == []


def test_no_session_makes_what_it_does_look_older_or_newer(
    db: Connection, another: Callable[[], Connection]
) -> None:
    """Every time that anything writes down, over verbs of all kinds, and every alert."""
    for moment in (OLD, "2090-01-01 00:00+00"):
        with another() as writer:
            writer.execute("select set_config('recon.now', %s, false)", (moment,))
            days(writer, MARCH_1, MARCH_2)
            for verb in (
                "call recon.reconcile()",
                "update historical_bitcoin_calculations set bitcoin_mined = 1",
                "update recon.miner_models set power_watts = power_watts + 1",
                "call recon.reconcile(force => true)",
                "update bitcoin_daily_summaries set bitcoin_mined = 1",
                "call recon.reconcile()",
                "select recon.skip_day('2025-03-02', 'x')",
                "select recon.retry_day('2025-03-02')",
                "select * from recon.reject_difficulty('2025-03-02', 'x')",
                "call recon.reconcile()",
                "insert into recon.network_difficulties values ('2025-03-02', 2e14)",
                "call recon.reconcile_critical('2025-03-02')",
                "select * from recon.spot_fix('2025-03-01', 1, 'T_FARM-1')",
                "select * from recon.inspect_source()",
                "select * from recon.verify()",
                "call recon.scrub()",
                "select recon.weekly_analysis()",
                "select recon.announce_alerts()",
                "select * from recon.start_sync('file')",
                "truncate bitcoin_daily_summaries",
                "truncate historical_bitcoin_calculations",
                "select * from recon.prune_history('1 hour')",
            ):
                writer.execute(verb.encode())
            limit = value(writer, "select jsonb_object_agg(name, value) from recon.alerts")
            assert limit["oldest_pending"] < 300
            assert limit["last_run"] < 300
    looked = 0
    columns = db.execute(
        "select c.oid::regclass::text as name, a.attname::text as moment from pg_class c"
        " join pg_attribute a on a.attrelid = c.oid and a.atttypid = 'timestamptz'::regtype"
        " where c.relkind = 'r' and a.attnum > 0 and c.relname <> 'retargets'"
        " and c.relnamespace in ('recon'::regnamespace, 'public'::regnamespace)"
    ).fetchall()
    for found in columns:
        name, moment = found["name"], found["moment"]
        forged = value(
            db,
            f"select count(*) from {name} where isfinite({moment})"
            f" and abs(extract(epoch from {moment} - now())) > 7200",
        )
        assert forged == 0, (name, moment)
        looked += value(db, f"select count(*) from {name} where {moment} is not null") > 0
    assert looked > 12


# -------------------------------------------------------------------------------------- planted

TRAP = """
create schema traps;
grant usage, create on schema traps to public;
create sequence traps.sprung;
grant all on sequence traps.sprung to public;
set role mallory;
create function traps.spring() returns boolean language plpgsql as
$$ begin perform nextval('traps.sprung'); return true; end $$;
create function traps.on_write() returns trigger language plpgsql as
$$ begin perform nextval('traps.sprung'); return new; end $$;
"""
LEGACY = "create schema recon_legacy; grant usage on schema recon_legacy to public;"
STEPS = (
    f"{LEGACY} create table recon_legacy.steps (step text primary key, undo text, lock_mode text,"
    " started_at timestamptz, finished_at timestamptz, transactions integer,"
    " longest_lock interval);"
    " grant all on recon_legacy.steps to public;"
)
ON_WRITE = (
    "create trigger trap before insert or update or delete on {} for each {}"
    " execute function traps.on_write()"
)
BARE = {
    "a table with a trigger": f"{STEPS} {ON_WRITE.format('recon_legacy.steps', 'row')}",
    "a table with a default": f"{STEPS} alter table recon_legacy.steps add x boolean"
    " default traps.spring()",
    "a view": f"{LEGACY} create view recon_legacy.adoption as select traps.spring() as only_row",
    "a rule": f"{STEPS} create rule trap as on insert to recon_legacy.steps"
    " do also select traps.spring()",
    "a type": f"{LEGACY} create domain recon_legacy.steps as integer check (traps.spring())",
    "an empty schema": LEGACY,
    "a schema of the kit": "create schema recon",
    "a function of the kit": "create schema recon; create function recon.refresh_summaries()"
    " returns void language sql as 'select traps.spring()'",
    "the list of migrations": "create schema recon; create view recon._yoyo_migration as"
    " select 'x'::text as migration_id where traps.spring()",
    "an operator": "create schema recon; create function recon.same(name, name) returns boolean"
    " language sql as 'select traps.spring()'; create operator recon.= (function = recon.same,"
    " leftarg = name, rightarg = name)",
    "the source": "create table public.curtailment_records (settlement_date date,"
    " settlement_period integer, farm_id text, volume numeric check (traps.spring()),"
    " payment numeric)",
    "the calculations": "create table public.historical_bitcoin_calculations"
    " (settlement_date date, settlement_period integer, farm_id text, miner_model text,"
    " bitcoin_mined numeric, difficulty numeric, calculated_at timestamptz default now())",
    "pg_cron": "create schema cron; create table cron.job (jobid bigint, jobname text,"
    " command text, database text); create function cron.unschedule(bigint) returns boolean"
    " language sql as 'select traps.spring()'; create function cron.schedule(text, text, text)"
    " returns bigint language sql as 'select traps.spring()::integer::bigint'",
}
"""What a role that may create in the database can lay out."""

DEPLOYED = {
    "a trigger on the calculations": ON_WRITE.format("historical_bitcoin_calculations", "row"),
    "a trigger on the daily summaries": ON_WRITE.format("bitcoin_daily_summaries", "statement"),
    "a trigger on a table of the kit": ON_WRITE.format("recon.changes", "row"),
    "a table in the kit's schema": "create table recon.mine (x integer)",
    "a function in the kit's schema": "create function recon.reconcile_day(text) returns text"
    " language sql as 'select traps.spring()::text'",
    **{name: BARE[name] for name in ("a table with a trigger", "an empty schema", "pg_cron")},
}
"""What a role can lay out that has CREATE and TRIGGER where the kit is."""

DEPLOYS = (["migrate"], ["adopt", "--check"], ["adopt"], ["uninstall", "--yes"])


@pytest.fixture(scope="module")
def town() -> Iterator[Server]:
    """A server with roles of its own."""
    with throwaway_server() as started, connect(started.url()) as admin:
        admin.execute("create role mallory login")
        admin.execute("create role landlord login")
        yield started


@pytest.fixture(scope="module")
def built(town: Server) -> str:
    """The name of a database there with the kit, in which mallory may create."""
    with connect(town.url()) as admin:
        admin.execute("create database built")
    with connect(town.url("built")) as owner:
        lay_out(owner)
        migrate(town.url("built"))
        owner.execute("grant usage, create on schema recon to mallory")
        owner.execute("grant trigger on all tables in schema recon, public to mallory")
    return "built"


def lay_out(owner: Connection) -> None:
    owner.execute("grant create on schema public to mallory, landlord")
    owner.execute(TRAP.encode())
    owner.execute("reset role")


@pytest.fixture
def place(town: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database in which two roles may create: a copy of `built`, or an empty one."""
    is_built = "built" in request.fixturenames
    template = request.getfixturevalue("built") if is_built else "template1"
    with connect(town.url()) as admin:
        admin.execute(f"create database place template {template}".encode())
        admin.execute("grant create on database place to mallory, landlord")
        if not is_built:
            with connect(town.url("place")) as owner:
                lay_out(owner)
        yield town.url("place")
        admin.execute("drop database place with (force)")


@pytest.fixture
def mallory(place: str) -> Iterator[Connection]:
    """A connection of one of them, whose traps are laid."""
    with connect(make_conninfo(place, user="mallory")) as connection:
        yield connection


@pytest.fixture
def admin(place: str) -> Iterator[Connection]:
    """A connection of a superuser there."""
    with connect(place) as connection:
        yield connection


def sprung(db: Connection) -> bool:
    return bool(value(db, "select is_called from traps.sprung"))


def refused(url: str, *deploys: list[str]) -> None:
    for verb in deploys:
        done = recon(*verb, url=url)
        assert done.returncode == 1, (verb, done.stdout)
        assert "belongs to mallory" in done.stderr, (verb, done.stderr)
        assert "owner to " in done.stderr or "Sign in as that role" in done.stderr


@pytest.mark.parametrize("what", BARE)
def test_what_was_planted_before_the_kit_came_is_not_run(
    what: str, admin: Connection, place: str, mallory: Connection
) -> None:
    mallory.execute(BARE[what].encode())
    with_kit = "schema of the kit" in what or "create schema recon;" in BARE[what]
    refused(place, *DEPLOYS[: 4 if with_kit else 3])
    assert not sprung(admin)
    if what in ("an empty schema", "a table with a trigger"):
        mallory.execute("drop schema recon_legacy cascade")
        assert migrate(place).applied
        assert not sprung(admin)


@pytest.mark.parametrize("what", DEPLOYED)
def test_what_was_planted_beside_the_kit_is_not_run_by_a_deploy(
    what: str, admin: Connection, built: str, place: str, mallory: Connection
) -> None:
    doctor = json.loads(recon("doctor", "--json", url=place).stdout)
    [rights] = [row for row in doctor if row["subject"] == "rights"]
    assert rights["outcome"] == "warning"
    for held in (
        "mallory has CREATE on schema recon",
        "mallory has TRIGGER on public.historical_bitcoin_calculations",
        "mallory has TRIGGER on recon.days",
    ):
        assert held in rights["finding"]
    mallory.execute(DEPLOYED[what].encode())
    refused(place, *DEPLOYS, ["adopt", "--undo"], ["adopt", "--confirm"])
    assert not sprung(admin)
    for statement in rights["next_step"].split("; "):
        admin.execute(statement.encode())
    assert value(admin, "select count(*) from recon.holders where right_held ~ '^has '") == 0
    if "trigger on" in what:
        told = "select count(*) from recon.holders where right_held ~ 'traps.on_write'"
        assert value(admin, told) == 1


def test_an_owner_that_is_no_superuser_is_not_taken_in_either(
    admin: Connection, place: str, mallory: Connection
) -> None:
    landlord = make_conninfo(place, user="landlord")
    mallory.execute(BARE["a table with a trigger"].encode())
    refused(landlord, *DEPLOYS[:3])
    mallory.execute("drop schema recon_legacy cascade")
    migrate(landlord)
    mallory.execute(BARE["a view"].encode())
    refused(landlord, *DEPLOYS)
    assert not sprung(admin)
    done = recon("migrate", url=place)
    assert done.returncode == 1
    assert "schema recon belongs to landlord" in done.stderr, "its code would be a superuser's"
