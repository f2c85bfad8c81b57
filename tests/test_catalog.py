"""What the catalog of a deployed database must say, whatever the code becomes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.pq import ExecStatus

from recon_kit import report
from recon_kit.db import Connection, connect
from recon_kit.errors import ReconError
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate
from recon_kit.resources import QUERIES
from tests.catalog import OPERATOR_RUNS, READER_RUNS, SUMMARIES
from tests.conftest import missing
from tests.cron import STAND_IN
from tests.world import (
    MARCH_1,
    PUBLIC,
    as_role,
    column,
    difficulty,
    pending,
    reconcile,
    record,
    value,
)

EXPECTED_HERE = os.environ.get("RECON_TEST_EXPECT", "").split(",")
"""What this machine must have; read before the environment is cleaned."""

OURS = f"""
  (c.relnamespace = 'recon'::regnamespace
    or c.relnamespace = 'public'::regnamespace and c.relname in {PUBLIC})
  and c.relname !~ 'yoyo'
"""

WITH_DEFAULTS = {
    "accept_difficulty",
    "accept_proposals",
    "acknowledge_issue",
    "analyze",
    "apply_sync",
    "claim_post",
    "curtailment_sums",
    "daily_check",
    "day_completion",
    "finish_post",
    "fix_critical",
    "gap_counts",
    "gaps",
    "ignore_writes",
    "inspect_source",
    "plan",
    "prune_history",
    "reconcile",
    "reconcile_critical",
    "reconcile_date",
    "reconcile_recent",
    "reject_difficulty",
    "report_actions",
    "report_calendar",
    "report_days",
    "report_difficulty",
    "report_gaps",
    "report_months",
    "report_repairs",
    "report_runs",
    "report_top",
    "report_verdict",
    "resume_run",
    "scrub",
    "set_webhook",
    "source_issues",
    "source_trends",
    "summary_findings",
    "verify",
    "verify_month",
}
"""What people call, or senders of before there were webhooks; whatever lies behind is given every
argument."""

PLPGSQL = {
    # triggers
    "announce_day",
    "announce_issues",
    "announce_refusals",
    "announce_run_end",
    "announce_run_start",
    "notify_events",
    "judge_difficulties",
    "judge_settings",
    "queue_difficulties",
    "record_changes",
    "record_every_day",
    "record_models",
    "record_refresh",
    "ignore_row",
    "note_ignored",
    "record_rows",
    "record_summary_changes",
    "refuse_removal",
    "require_known_models",
    # errors raised or caught
    "acknowledge_issue",
    "accept_difficulty",
    "attempt_day",
    "attempt_period",
    "close_run",
    "confirm",
    "month_range",
    "recent_range",
    "require_read_committed",
    "require_resumable",
    "parse_date",
    "parse_limit",
    "pause",
    # looks where another role would
    "platform_path",
    "reject_difficulty",
    "require_capture",
    "require_cell",
    "require_date",
    "require_known_date",
    "require_webhook",
    "remove_webhook",
    "set_webhook",
    "require_word",
    "require_not_paused",
    "require_not_skipped",
    "refuse_write",
    "refused_line",
    "require_fuse",
    "require_stored",
    "require_dates_as_loaded",
    "require_unloadable",
    "require_valid_source",
    "require_not_stopped",
    "require_pg_cron",
    "require_range",
    "acknowledge_refusal",
    "retry_day",
    "set_alert_limit",
    "set_job_time",
    "skip_day",
    "suspend_run",
    "unload",
    "verify_recent",
    # commits
    "call_alone_outside_a_transaction",
    "drive_run",
    "daily_check",
    "fix_critical",
    "reconcile",
    "reconcile_critical",
    "reconcile_date",
    "reconcile_recent",
    "resume_run",
    "scrub",
    # one statement after another, on what the one before returned
    "apply_sync",
    "claim_post",
    "accept_totals",
    "accept_units",
    "ignore_writes",
    "inspect_source",
    "mend_capture",
    "read_days",
    "comes_last",
    "critical_days",
    "expand_changes",
    "finish_critical",
    "finish_run",
    "insert_cells",
    "prune_history",
    "reconcile_batch",
    "reconcile_day",
    "reconcile_days",
    "repair_cells",
    "repair_part",
    "refresh_summaries",
    "refresh_sums",
    "spot_fix",
    "start_run",
    "verify",
    "withhold_difficulties",
    "lock_difficulties",
    "lock_day",
    "take_lock",
    "wait_for_day",
    # planned once a session, and not at each call
    "capture_gaps",
    "compare_day",
    "count_damage",
    "fuse_evidence",
    "interferences",
    "is_right",
    "lock_cells",
    "publish",
    "publish_day",
    "published_differences",
    "rates_fingerprint",
    "sum_day",
    "write_daily_summaries",
    # names what may not be there
    "adoption_plan",
    "begin_adoption",
    "confirm_adoption",
    "count_odd_keys",
    "count_rows",
    "list_unfit_calculations",
    "remove_unfit_calculations",
    "undo_statements",
    "unfit_calculations",
    "schedule_jobs",
    "unschedule_jobs",
    # difficulty by the retargets
    "accept_proposals",
    "parse_moment",
}
"""Routines that need more than SQL."""


# ------------------------------------------------------------------------------------- comments


def test_everything_has_a_comment(db: Connection) -> None:
    relations = column(
        db,
        "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p', 'v', 'm')"
        f" and {OURS} and obj_description(c.oid, 'pg_class') is null",
    )
    columns = column(
        db,
        "select format('%s.%s', c.oid::regclass, a.attname) from pg_class c"
        " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        f" where c.relkind in ('r', 'p', 'v', 'm') and {OURS}"
        " and col_description(c.oid, a.attnum) is null",
    )
    routines = column(
        db,
        "select p.oid::regprocedure::text from pg_proc p"
        " where p.pronamespace = 'recon'::regnamespace"
        " and obj_description(p.oid, 'pg_proc') is null",
    )
    assert relations + columns + routines == []
    counted = f"select count(*) from pg_class c where c.relkind in ('r', 'v', 'm') and {OURS}"
    assert value(db, counted) > 20


# ------------------------------------------------------------------------------------- routines


def test_privileged_routines_pin_their_path_and_no_other_setting_leaks(db: Connection) -> None:
    unpinned = column(
        db,
        "select p.oid::regprocedure::text from pg_proc p"
        " where p.pronamespace = 'recon'::regnamespace and p.prosecdef"
        " and not exists (select from unnest(p.proconfig) c"
        "   where c ~ '^search_path=pg_catalog, (.*, )?pg_temp$')",
    )
    assert unpinned == []
    under = column(
        db,
        "select distinct array_to_string(array(select c from unnest(p.proconfig) c"
        "   where c !~ '^(jit|enable_.*|min_.*|work_mem|lock_timeout|plan_cache_mode|TimeZone)='"
        "   order by c), ' ')"
        " from pg_proc p where p.pronamespace = 'recon'::regnamespace"
        " and p.proname not in ('is_closed_schema', 'platform_path')"
        " and exists (select from unnest(p.proconfig) c where c like 'search_path=%')",
    )
    assert len(under) == 1, "each function that pins its path runs under all the settings"


def test_no_function_reads_the_part_that_a_policy_leaves_it(db: Connection) -> None:
    """Whatever is called from outside pins it, and what it calls has it from there."""
    without = column(
        db,
        "select p.oid::regprocedure::text from pg_proc p"
        " where p.pronamespace = 'recon'::regnamespace"
        " and (p.prosecdef or p.proconfig::text ~ 'search_path')"
        " and not coalesce('row_security=off' = any (p.proconfig), false)",
    )
    assert without == []


def test_procedures_can_commit(db: Connection) -> None:
    """With a setting or another's rights they could not."""
    cannot = column(
        db,
        "select p.oid::regprocedure::text from pg_proc p"
        " where p.pronamespace = 'recon'::regnamespace and p.prokind = 'p'"
        " and (p.prosecdef or p.proconfig is not null)",
    )
    assert cannot == []


def test_public_may_nothing(db: Connection) -> None:
    routines = column(
        db,
        "select p.oid::regprocedure::text from pg_proc p"
        " cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
        " where p.pronamespace = 'recon'::regnamespace and a.grantee = 0",
    )
    relations = column(
        db,
        "select c.oid::regclass::text from pg_class c"
        " cross join aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a"
        " where c.relnamespace = 'recon'::regnamespace and a.grantee = 0",
    )
    schemas = column(
        db,
        "select n.nspname from pg_namespace n"
        " cross join aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a"
        " where n.nspname = 'recon' and a.grantee = 0",
    )
    assert routines + relations + schemas == []


def test_no_overloads(db: Connection) -> None:
    twice = column(
        db,
        "select p.proname::text from pg_proc p where p.pronamespace = 'recon'::regnamespace"
        " group by p.proname having count(*) > 1",
    )
    assert twice == []


def test_defaults_are_in_the_outermost_signature_only(db: Connection) -> None:
    with_defaults = column(
        db,
        "select p.proname::text from pg_proc p"
        " where p.pronamespace = 'recon'::regnamespace and p.pronargdefaults > 0",
    )
    assert set(with_defaults) == WITH_DEFAULTS


def test_parameters_are_bare_words(db: Connection) -> None:
    """They are API from the first release: neither abbreviated nor marked as parameters."""
    names = column(
        db,
        "select distinct unnest(p.proargnames) from pg_proc p"
        " where p.pronamespace = 'recon'::regnamespace",
    )
    assert not [name for name in names if not name or name.startswith(("p_", "v_", "_", "$"))]


def test_language_is_sql_where_it_can_be(db: Connection) -> None:
    languages = db.execute(
        "select l.lanname::text as language, array_agg(p.proname::text) as names from pg_proc p"
        " join pg_language l on l.oid = p.prolang"
        " where p.pronamespace = 'recon'::regnamespace group by 1"
    )
    found = {row["language"]: set(row["names"]) for row in languages}
    assert set(found) == {"sql", "plpgsql"}
    assert found["plpgsql"] == PLPGSQL


def test_bodies_qualify_every_name(db: Connection) -> None:
    """PostgreSQL checks a body when it is defined: so define them all again, without a path."""
    definitions = column(
        db,
        "select pg_get_functiondef(p.oid) from pg_proc p"
        " where p.pronamespace = 'recon'::regnamespace order by p.oid",
    )
    with db.transaction(force_rollback=True):
        db.execute("set local search_path = ''")
        db.execute("set local check_function_bodies = on")
        for definition in definitions:
            db.execute(definition.encode())


def test_a_run_needs_no_search_path(db: Connection) -> None:
    record(db)
    db.execute("set search_path = ''")
    db.execute("create temporary table days (x int); create temporary table changes (x int)")
    difficulty(db)
    assert reconcile(db)["outcome"] == "complete"
    db.execute("call recon.reconcile_date('2025-03-01')")
    db.execute("call recon.reconcile_recent()")
    db.execute("update recon.miner_models set power_watts = 3000 where miner_model = 'S9'")
    db.execute("update public.bitcoin_daily_summaries set bitcoin_mined = bitcoin_mined * 2")
    db.execute("update public.curtailment_records set volume = 'NaN' where false")
    assert value(db, "select days from recon.status()") == 1
    assert value(db, "select count(*) from recon.gaps()") == 1
    done = db.execute("select outcome from recon.reconcile_days(array['2025-03-01'::date])")
    assert [row["outcome"] for row in done] == ["reconciled"]
    assert value(db, "select count(*) from recon.gaps()") == 0
    for view in column(
        db,
        "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'v')"
        " and c.relnamespace = 'recon'::regnamespace",
    ):
        db.execute(f"table {view}".encode())


def test_plpgsql_check_finds_nothing(db: Connection) -> None:
    if not value(db, "select count(*) from pg_available_extensions where name = 'plpgsql_check'"):
        if "plpgsql_check" in EXPECTED_HERE:
            missing("plpgsql_check")
        pytest.skip("plpgsql_check is missing")
    db.execute("create extension plpgsql_check")
    db.execute(STAND_IN)
    db.execute("select recon.begin_adoption()")
    findings = column(
        db,
        "select concat_ws(' ', p.oid::regprocedure, 'line', f.lineno, f.level, f.message, f.detail)"
        " from pg_proc p"
        " join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'"
        " left join pg_trigger t on t.tgfoid = p.oid"
        " cross join plpgsql_check_function_tb("
        "   p.oid, coalesce(t.tgrelid, 0), fatal_errors => false, security_warnings => true,"
        "   extra_warnings => true, oldtable => t.tgoldtable, newtable => t.tgnewtable"
        " ) f where p.pronamespace = 'recon'::regnamespace"
        " and (p.prorettype <> 'trigger'::regtype or t.oid is not null)",
    )
    # A trigger of one kind has one of these; the branches for the other kinds name both.
    absent = ('relation "old_rows" does not exist', 'relation "new_rows" does not exist')
    # What they execute are statements of a view of the kit's, whose names are quoted there, and
    # what has the types of a table's columns, as format_type quotes them.
    of_sums = "(text,recon.published_sum[],text,text) line"
    quoted = (
        "recon.mend_capture() line 21 security",
        "recon.mend_capture() line 34 security",
        *(f"recon.publish{of_sums} {line} security" for line in (25, 38, 48)),
        f"recon.published_differences{of_sums} 13 security",
        f"recon.published_differences{of_sums} warning extra",
    )
    assert [
        finding
        for finding in findings
        if not finding.strip().endswith(absent) and not finding.startswith(quoted)
    ] == []


# ------------------------------------------------------------------------------------- triggers

INPUTS = {
    "curtailment_records": "source",
    "historical_bitcoin_calculations": "calculation",
    "bitcoin_daily_summaries": "summary",
    "recon.network_difficulties": "difficulty",
    "recon.miner_models": "miner_model",
    "recon.block_rewards": "block_reward",
}
SUMS = {"recon.daily_sums", "bitcoin_monthly_summaries", "bitcoin_yearly_summaries"}
"""Whose changes concern no day, but what is summed up or published at the end of a run."""
EVENTS = {4: "insert", 8: "delete", 16: "update", 32: "truncate"}
ROW, BEFORE, INSTEAD = 1, 2, 64


def triggers(db: Connection) -> list[dict[str, Any]]:
    return db.execute(
        "select t.tgname::text as name, t.tgrelid::regclass::text as table_name,"
        " p.proname::text as function, t.tgtype::integer as type, t.tgenabled::text as enabled,"
        " t.tgattr::text as columns"
        " from pg_trigger t join pg_proc p on p.oid = t.tgfoid"
        " where p.pronamespace = 'recon'::regnamespace and not t.tgisinternal"
    ).fetchall()


def test_triggers_are_always_on(db: Connection) -> None:
    """But those that only tell: a restore or a replica has nothing to tell again."""
    sometimes = {t["function"] for t in triggers(db) if t["enabled"] != "A"}
    assert sometimes == {t["function"] for t in triggers(db) if tells(t)}


def tells(trigger: dict[str, Any]) -> bool:
    name: str = trigger["function"]
    return name.startswith(("announce_", "notify_"))


def test_triggers_fire_once_a_statement_and_after_it(db: Connection) -> None:
    early = {t["function"] for t in triggers(db) if t["type"] & (BEFORE | INSTEAD)}
    assert early == {"queue_difficulties", "refuse_removal"}, "which look at no row"
    chosen = [t["table_name"] for t in triggers(db) if t["columns"]]
    assert chosen == ["recon.settings"], "where a pause waits for nobody"
    by_row = {t["table_name"] for t in triggers(db) if t["type"] & ROW}
    assert by_row == {"recon.runs", "recon.days"}, "of which a run writes a row at a time"


def test_every_change_of_every_input_is_recorded(db: Connection) -> None:
    covered = {
        (t["table_name"], event)
        for t in triggers(db)
        if t["function"].startswith("record_")
        for bit, event in EVENTS.items()
        if t["type"] & bit
    }
    assert covered == {(table, event) for table in {*INPUTS, *SUMS} for event in EVENTS.values()}


def test_every_trigger_function_is_used(db: Connection) -> None:
    functions = column(
        db,
        "select p.proname::text from pg_proc p where p.pronamespace = 'recon'::regnamespace"
        " and p.prorettype = 'trigger'::regtype",
    )
    db.execute("update recon.settings set replica_triggers = true; select recon.mend_capture()")
    db.execute("select recon.ignore_writes('bitcoin_yearly_summaries')")
    assert set(functions) == {t["function"] for t in triggers(db)}


@pytest.mark.parametrize("table", sorted(INPUTS))
def test_changes_of_a_replica_are_recorded(table: str, db: Connection) -> None:
    """As a restore, or logical replication, makes them."""
    db.execute("set session_replication_role = replica")
    db.execute(f"truncate {table} cascade".encode())
    assert INPUTS[table] in column(db, "select reason from recon.changes")


@pytest.mark.parametrize("verb", ["insert", "update"])
def test_unknown_models_of_a_replica_are_refused(verb: str, db: Connection) -> None:
    values = "('2025-03-01', 1, 'T_X-1', 'S9', 1, 1)"
    db.execute(f"insert into historical_bitcoin_calculations values {values}".encode())
    db.execute("set session_replication_role = replica")
    statement = {
        "insert": "insert into historical_bitcoin_calculations"
        f" values {values.replace('S9', 'S0')}",
        "update": "update historical_bitcoin_calculations set miner_model = 'S0'",
    }[verb]
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        db.execute(statement.encode())


# ---------------------------------------------------------------------------------------- roles


@pytest.fixture(scope="module")
def roles_url() -> Iterator[str]:
    """A server with the two roles, and one that writes source rows. Roles are a whole server's,
    so it is one of its own."""
    with throwaway_server() as server:
        with connect(server.url()) as owner:
            owner.execute("create role recon_reader nologin")
            owner.execute("create role recon_operator nologin")
            owner.execute("create role reader login in role recon_reader")
            owner.execute("create role operator login in role recon_operator")
            owner.execute("create role ingest login")
            owner.execute("create role stranger login")
            migrate(server.url())
            owner.execute("grant insert on curtailment_records to ingest")
            record(owner)
            difficulty(owner)
        yield server.url()


def rights(db: Connection, role: str) -> set[tuple[str, str]]:
    """What is granted to a role itself, as pairs of a right and an object's name."""
    found = db.execute(
        "select a.privilege_type as privilege, o.name from ("
        " select c.oid::regclass::text, coalesce(c.relacl, acldefault('r', c.relowner))"
        " from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f')"
        " union all select c.oid::regclass::text, coalesce(c.relacl, acldefault('s', c.relowner))"
        " from pg_class c where c.relkind = 'S'"
        " union all select format('%%s.%%s', a.attrelid::regclass, a.attname), a.attacl"
        " from pg_attribute a where a.attacl is not null"
        " union all select p.proname, coalesce(p.proacl, acldefault('f', p.proowner))"
        " from pg_proc p"
        " union all select n.nspname, coalesce(n.nspacl, acldefault('n', n.nspowner))"
        " from pg_namespace n"
        " union all select d.datname, coalesce(d.datacl, acldefault('d', d.datdba))"
        " from pg_database d"
        " union all select 'defaults', d.defaclacl from pg_default_acl d"
        ") o (name, acl) cross join aclexplode(o.acl) a"
        " where a.grantee = %s::regrole and not a.is_grantable",
        (role,),
    ).fetchall()
    assert value(db, "select count(*) from pg_auth_members where member = %s::regrole", role) == 0
    return {(row["privilege"], row["name"]) for row in found}


@pytest.mark.parametrize(
    ("role", "runs", "reads"),
    [
        ("recon_reader", READER_RUNS, SUMMARIES),
        ("recon_operator", OPERATOR_RUNS, SUMMARIES),
    ],
)
def test_roles_have_these_rights_and_no_other(
    role: str, runs: set[str], reads: set[str], roles_url: str
) -> None:
    with connect(roles_url) as db:
        relations = column(
            db,
            "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'v', 'm')"
            " and c.relnamespace = 'recon'::regnamespace",
        )
        assert rights(db, role) == (
            {("USAGE", "recon")}
            | {("EXECUTE", name) for name in runs}
            | {("SELECT", name) for name in reads | set(relations)}
        )


def test_a_second_routine_of_a_name_is_said_and_not_granted(url: str, db: Connection) -> None:
    db.execute("create function recon.gaps(text) returns int language sql as 'select 1'")
    with pytest.raises(ReconError, match="one routine of each of these names: gaps") as told:
        migrate(url)
    assert "Drop what is not the kit's" in str(told.value.hint)


def test_reader_reads_and_does_no_more(roles_url: str) -> None:
    with as_role(roles_url, "reader") as reader:
        assert report.collect(reader)["status"]["days"] == 1
        assert value(reader, "select days from recon.status()") == 1
        for call in (
            "gaps()",
            "gap_counts()",
            "plan()",
            "judged_cells('2025-03-01')",
            "explain('2025-03-01', 1, 'T_CLDCW-1')",
        ):
            assert reader.execute(f"select * from recon.{call}".encode()).fetchall()
        for call in ("source_issues()", "source_trends()", "incomplete_days()", "next_run()"):
            reader.execute(f"select * from recon.{call}".encode())
        for name in SUMMARIES | {"recon.expected_calculations", "recon.run_history"}:
            reader.execute(f"table {name}".encode())
        for statement in (
            "call recon.reconcile()",
            "call recon.reconcile_date('2025-03-01')",
            "call recon.reconcile_recent()",
            "select recon.reconcile_days(array['2025-03-01'::date])",
            "select recon.start_run(null, null, 'recent', false)",
            "select recon.reconcile_batch(1, 1)",
            "select recon.verify()",
            "select recon.pause('a reader may not')",
            "select recon.confirm(1)",
            "select recon.refresh_summaries()",
            "select recon.accept_difficulty('2025-03-01')",
            "select recon.inspect_source()",
            "select recon.acknowledge_issue('2025-03-01', 'plug_rows', 'why not')",
            "insert into recon.changes (settlement_date, reason) values ('2025-03-01', 'source')",
            "delete from recon.days",
            "truncate bitcoin_daily_summaries",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement.encode())


@pytest.mark.parametrize("role", ["reader", "operator"])
def test_roles_can_read_every_view(role: str, roles_url: str) -> None:
    """A view reads tables with its owner's rights, but calls functions with its reader's."""
    with as_role(roles_url, role) as db:
        for view in column(
            db,
            "select c.oid::regclass::text from pg_class c where c.relkind = 'v'"
            " and c.relnamespace = 'recon'::regnamespace",
        ):
            db.execute(f"table {view}".encode())


def test_operator_reconciles_and_writes_nothing_itself(roles_url: str) -> None:
    with as_role(roles_url, "operator") as operator:
        assert reconcile(operator)["outcome"] == "complete"
        operator.execute("call recon.reconcile_date('2025-03-01')")
        operator.execute("call recon.reconcile_recent()")
        for statement in (
            "select recon.reconcile_days(array['2025-03-01'::date])",
            "select recon.verify()",
            "select recon.spot_fix('2025-03-01', 1, 'T_CLDCW-1')",
            "select recon.skip_day('2025-03-01', 'why not')",
            "select recon.retry_day('2025-03-01')",
            "select recon.pause('for lunch')",
            "select recon.resume()",
            "select recon.prune_history()",
            "select recon.inspect_source()",
            "select recon.reject_difficulty('2025-03-01', 'another source says otherwise')",
            "call recon.reconcile_critical('2025-03-01')",
            "call recon.fix_critical()",
            "call recon.scrub()",
            "call recon.daily_check()",
            "select recon.verify_month()",
        ):
            operator.execute(statement.encode())
        for table in column(
            operator,
            "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'm')"
            f" and {OURS}",
        ):
            for statement in (f"delete from {table}", f"truncate {table}"):
                with pytest.raises(
                    (psycopg.errors.InsufficientPrivilege, psycopg.errors.WrongObjectType)
                ):
                    operator.execute(statement.encode())
        for statement in (
            "insert into recon.network_difficulties values ('2025-03-01', 1)",
            "update recon.settings set max_attempts = 1",
            "update recon.miner_models set is_active = false",
            "insert into recon.bm_units (farm_id) values ('T_X-1')",
            "select recon.accept_units(false)",
            "select recon.accept_totals()",
            "select recon.reconcile_day('2025-03-01', 1)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                operator.execute(statement.encode())


def test_ingest_needs_no_right_but_to_insert(roles_url: str) -> None:
    with connect(roles_url) as owner, as_role(roles_url, "ingest") as ingest:
        reconcile(owner)
        assert pending(owner) == []
        record(ingest, period=7)
        assert pending(owner) == [MARCH_1]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ingest.execute("table recon.changes")


def test_stranger_may_nothing(roles_url: str) -> None:
    with as_role(roles_url, "stranger") as stranger:
        for statement in ("table recon.days", "select * from recon.status()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stranger.execute(statement.encode())
    with pytest.raises(ReconError, match="the kit cannot be deployed"):
        migrate(psycopg.conninfo.make_conninfo(roles_url, user="stranger"))


def test_deploy_takes_rights_back(roles_url: str) -> None:
    with connect(roles_url) as owner:
        owner.execute("grant usage on schema recon to public")
        owner.execute("grant execute on function recon.status() to public")
        owner.execute("grant delete on recon.days to public")
        assert migrate(roles_url).code_changed
    with (
        as_role(roles_url, "stranger") as stranger,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        stranger.execute("select * from recon.status()")


# ---------------------------------------------------------------------------- statements of Python

NOT_ALWAYS_THERE = r'relation "(damage|cron\.job|recon_legacy\.steps)" does not exist'
UNPREPARED = r'multiple commands into a prepared statement|syntax error at or near "{"'
"""Several statements in one, and those into which a name is put."""


def numbered(statement: str) -> str:
    """With parameters as the server knows them."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    for number, name in enumerate(names, 1):
        statement = statement.replace(f"%({name})s", f"${number}")
    return statement.replace("%%", "%")


def test_the_server_understands_each_statement_of_the_client(db: Connection) -> None:
    """So that what only a client does need not run on every version."""
    refused = {}
    for name, text in QUERIES.items():
        prepared = db.pgconn.prepare(b"", numbered(text).encode())
        if prepared.status != ExecStatus.COMMAND_OK:
            refused[name] = prepared.get_error_message()
    assert len(refused) < len(QUERIES) / 10
    for name, why in refused.items():
        assert re.search(f"{NOT_ALWAYS_THERE}|{UNPREPARED}", why), name
