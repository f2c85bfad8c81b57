"""What monitoring polls: the alerts, their limits, the plugin line and the metrics."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg.conninfo import make_conninfo

from recon_kit.db import Connection, connect
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate
from tests.commands import ROOT, recon
from tests.world import (
    MARCH_1,
    MARCH_2,
    as_role,
    days,
    difficulty,
    pass_time,
    reconcile,
    record,
    value,
)

NAMES = [
    "oldest_pending",
    "backlog",
    "failed_days",
    "blocked_days",
    "skipped_days",
    "missing_difficulty",
    "suspect_difficulty",
    "source_issues",
    "source_silence",
    "last_run",
    "last_verification",
    "unsent_post",
    "storage",
    "capture_gaps",
]


def alerts(db: Connection) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in db.execute("select * from recon.alerts")}


def severity(db: Connection, name: str) -> str:
    found = str(alerts(db)[name]["severity"])
    step = alerts(db)[name]["next_step"]
    assert (found == "ok") == (step is None)
    return found


def amiss(db: Connection) -> dict[str, str]:
    """The alerts that are not ok."""
    found = alerts(db).items()
    return {name: row["severity"] for name, row in found if row["severity"] != "ok"}


def later(db: Connection, interval: str) -> None:
    """So long after the test began, its own time aside."""
    passed = "coalesce(nullif(current_setting('tests.passed', true), ''), '0')::interval"
    pass_time(db, value(db, f"select (%s::interval - {passed})::text", interval))
    db.execute("select set_config('tests.passed', %s, false)", (interval,))


def limit(db: Connection, name: str, warning_at: str | None, critical_at: str | None) -> None:
    db.execute("select recon.set_alert_limit(%s, %s, %s)", (name, warning_at, critical_at))


@pytest.fixture
def idle(db: Connection) -> Connection:
    """A database in which all is done."""
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    assert amiss(db) == {}
    return db


# ---------------------------------------------------------------------------------- each alert


def test_all_are_there_in_their_order(db: Connection) -> None:
    assert list(alerts(db)) == NAMES
    assert {row["unit"] for row in alerts(db).values()} == {"seconds", "days", "times", "gaps"}
    days(db, MARCH_1)
    assert list(alerts(db)) == NAMES


def test_nothing_is_wrong_with_an_empty_database_but_that_no_run_comes(db: Connection) -> None:
    assert amiss(db) == {}
    assert alerts(db)["oldest_pending"]["finding"] == "nothing is pending"
    later(db, "3 hours")
    assert amiss(db) == {"last_run": "warning"}
    assert alerts(db)["last_run"]["finding"] == "there is no run yet"
    later(db, "25 hours")
    assert amiss(db) == {"last_run": "critical"}
    reconcile(db)
    assert amiss(db) == {}


def test_records_that_were_there_before_the_kit_are_pending_from_then_on(db: Connection) -> None:
    days(db, MARCH_1)
    db.execute("delete from recon.changes where settlement_date > '-infinity'")
    assert amiss(db) == {}
    assert alerts(db)["oldest_pending"]["finding"].startswith("every day is pending, since ")
    later(db, "2 hours")
    assert amiss(db) == {"oldest_pending": "warning", "last_run": "warning"}
    reconcile(db)
    assert amiss(db) == {}


def test_oldest_pending_is_the_age_of_the_oldest_change(idle: Connection) -> None:
    record(idle, MARCH_2, 9)
    later(idle, "59 minutes")
    record(idle, MARCH_1, 9)
    assert severity(idle, "oldest_pending") == "ok"
    later(idle, "61 minutes")
    found = alerts(idle)["oldest_pending"]
    assert found["severity"] == "warning"
    assert 3660 <= found["value"] < 3720
    assert found["finding"].startswith("2 days are pending, since ")
    assert found["finding"].endswith("; the oldest change is to 2025-03-02")
    assert found["next_step"] == "recon-kit reconcile"
    later(idle, "1 day 1 minute")
    assert severity(idle, "oldest_pending") == "critical"
    reconcile(idle, from_date=MARCH_2)
    assert alerts(idle)["oldest_pending"]["finding"].startswith("1 day is pending, since ")
    reconcile(idle)
    assert alerts(idle)["oldest_pending"]["value"] == 0


def test_while_runs_are_paused_the_next_step_is_to_go_on(idle: Connection) -> None:
    idle.execute("select recon.pause('for the upgrade')")
    assert amiss(idle) == {}
    record(idle, MARCH_1, 9)
    later(idle, "3 hours")
    assert amiss(idle) == {"oldest_pending": "warning", "last_run": "warning"}
    assert {alerts(idle)[name]["next_step"] for name in amiss(idle)} == {"recon-kit unpause"}
    idle.execute("select recon.resume()")
    reconcile(idle)
    assert amiss(idle) == {}


def test_a_backlog_is_unusual_beside_that_of_the_last_runs(idle: Connection) -> None:
    first = date(2024, 1, 1)
    assert alerts(idle)["backlog"]["value"] is None
    for _ in range(4):
        difficulty(idle)
        reconcile(idle)
    assert alerts(idle)["backlog"]["value"] == 0
    days(idle, *(first + timedelta(days=n) for n in range(9)), farms=1, periods=1)
    assert severity(idle, "backlog") == "ok"
    days(idle, first + timedelta(days=9), farms=1, periods=1)
    found = alerts(idle)["backlog"]
    assert (found["severity"], found["value"], found["next_step"]) == (
        "warning",
        10,
        "recon-kit reconcile --dry-run",
    )
    assert found["finding"] == "10 days are pending, 10.0 times the usual 1"
    limit(idle, "backlog", "5", "10")
    assert severity(idle, "backlog") == "critical"
    reconcile(idle)
    assert severity(idle, "backlog") == "ok"


def test_a_change_of_every_date_is_a_backlog_of_all_days(idle: Connection) -> None:
    for _ in range(4):
        difficulty(idle)
        reconcile(idle)
    limit(idle, "backlog", "2", "3")
    idle.execute("update recon.miner_models set power_watts = 1300 where miner_model = 'S9'")
    assert alerts(idle)["backlog"]["finding"] == "every day is pending, 2.0 times the usual 1"
    assert severity(idle, "backlog") == "warning"


def fail(db: Connection, *dates: date) -> None:
    """Makes these days fail: the repair of one cell divides by zero."""
    db.execute(
        "create or replace function break_it() returns trigger language plpgsql as"
        " $$ begin perform 1 / 0; return null; end $$"
    )
    db.execute(
        "create or replace trigger break_it after insert on historical_bitcoin_calculations"
        " for each row when (new.farm_id = 'T_BAD-1') execute function break_it()"
    )
    for day in dates:
        record(db, day, 1, "T_BAD-1")


def test_failed_days_are_counted_and_not_pending(idle: Connection) -> None:
    days(idle, *(MARCH_1 + timedelta(days=n) for n in range(7)), farms=1, periods=1)
    fail(idle, MARCH_1)
    reconcile(idle)
    assert alerts(idle)["failed_days"]["finding"] == "1 day has failed: 2025-03-01"
    assert (severity(idle, "failed_days"), alerts(idle)["failed_days"]["next_step"]) == (
        "warning",
        "recon-kit status",
    )
    later(idle, "2 hours 1 minute")
    assert severity(idle, "oldest_pending") == "ok"
    assert severity(idle, "last_run") == "warning", "a run with a failed day has not succeeded"
    fail(idle, *(MARCH_1 + timedelta(days=n) for n in range(1, 7)))
    reconcile(idle)
    assert alerts(idle)["failed_days"]["finding"] == "7 days have failed, the first 2025-03-01"
    assert severity(idle, "failed_days") == "critical"
    idle.execute("drop trigger break_it on historical_bitcoin_calculations")
    later(idle, "4 hours")
    reconcile(idle)
    assert amiss(idle) == {}


def test_blocked_days_are_counted_with_their_missing_difficulty(idle: Connection) -> None:
    blocked = [date(2025, 4, 1) + timedelta(days=n) for n in range(7)]
    record(idle, blocked[0])
    reconcile(idle)
    assert amiss(idle) == {"blocked_days": "warning", "missing_difficulty": "warning"}
    found = alerts(idle)["missing_difficulty"]
    assert found["finding"] == "the difficulty of 2025-04-01 is missing"
    assert found["next_step"] == "recon-kit sync"
    for day in blocked[1:]:
        record(idle, day)
    reconcile(idle)
    assert amiss(idle) == {"blocked_days": "critical", "missing_difficulty": "critical"}
    assert alerts(idle)["blocked_days"]["finding"] == "7 days are blocked, the first 2025-04-01"
    assert alerts(idle)["missing_difficulty"]["finding"] == (
        "the difficulty of 7 days is missing, 2025-04-01 to 2025-04-07"
    )
    for day in blocked:
        difficulty(idle, day)
    reconcile(idle)
    assert amiss(idle) == {}


def test_a_difficulty_taken_away_is_missing_at_once(idle: Connection) -> None:
    idle.execute("truncate recon.network_difficulties")
    assert alerts(idle)["missing_difficulty"]["value"] == 2
    difficulty(idle, MARCH_1)
    assert alerts(idle)["missing_difficulty"]["value"] == 1


def test_blocked_days_that_lack_no_difficulty(idle: Connection) -> None:
    record(idle, MARCH_1, 50)
    reconcile(idle)
    assert amiss(idle) == {"blocked_days": "warning"}


def test_suspect_difficulties_of_days_with_records_until_somebody_decides(
    idle: Connection,
) -> None:
    today = value(idle, "select recon.today()")
    idle.execute("set recon.now = '2030-01-01'")
    recent = [today - timedelta(days=n) for n in range(30)]
    for n, day in enumerate(recent):
        difficulty(idle, day, Decimal(10**14 + n * 10**12))
    assert severity(idle, "suspect_difficulty") == "ok", "no day has records"
    for day in recent[:2]:
        record(idle, day)
    reconcile(idle)
    found = alerts(idle)["suspect_difficulty"]
    assert (found["severity"], found["value"], found["next_step"]) == (
        "warning",
        2,
        f"recon-kit difficulty list --from {recent[1]} --to {today}",
    )
    assert found["finding"] == f"the difficulty of 2 days is suspect, {recent[1]} to {today}"
    limit(idle, "suspect_difficulty", "1", "2")
    assert severity(idle, "suspect_difficulty") == "critical"
    idle.execute("select * from recon.accept_difficulty(%s, %s, 'so it was')", (recent[-1], today))
    assert amiss(idle) == {}


def test_open_issues_of_the_source_are_a_warning(idle: Connection) -> None:
    idle.execute(
        "insert into recon.source_findings"
        " (settlement_date, kind, subject, severity, evidence, next_step, found_at)"
        " values (%s, 'other_signs', '', 'critical', 'periods 1 to 5', 'fetch it again', now())",
        (MARCH_1,),
    )
    found = alerts(idle)["source_issues"]
    assert (found["severity"], found["value"]) == ("warning", 1)
    assert found["finding"] == "open issues in the source of 1 day: 2025-03-01"
    idle.execute("select recon.acknowledge_issue(%s, 'other_signs', 'known', '')", (MARCH_1,))
    assert amiss(idle) == {}


def test_a_source_gone_quiet_is_told_and_a_calm_is_not(db: Connection) -> None:
    db.execute(
        "insert into recon.days (settlement_date, outcome, source_rows) select d, 'reconciled', 5"
        " from (select recon.today() - n * 2 from generate_series(3, 40) n) d (d)"
    )
    quiet = alerts(db)["source_silence"]
    assert (quiet["severity"], quiet["value"]) == ("warning", 2)
    db.execute(
        "delete from recon.days where settlement_date between recon.today() - 30"
        " and recon.today() - 20"
    )
    assert severity(db, "source_silence") == "ok"
    db.execute("update recon.days set settlement_date = settlement_date - 600")
    assert severity(db, "source_silence") == "critical"
    assert "the longest silence before was" in alerts(db)["source_silence"]["finding"]
    db.execute("delete from recon.days where settlement_date < recon.today() - 650")
    assert alerts(db)["source_silence"]["value"] is None, "of too few days nothing is learned"


def test_skipped_days_are_a_warning_and_no_run_less_successful(idle: Connection) -> None:
    idle.execute("select recon.skip_day('2025-03-01', 'under review')")
    record(idle, MARCH_1, 9)
    later(idle, "2 days 1 hour")
    reconcile(idle)
    idle.execute("call recon.scrub()")
    assert amiss(idle) == {"skipped_days": "warning"}, "what it has pending waits for a person"
    assert alerts(idle)["skipped_days"]["finding"] == "1 day is skipped: 2025-03-01"
    limit(idle, "skipped_days", None, "1")
    assert amiss(idle) == {"skipped_days": "critical"}
    idle.execute("select recon.retry_day('2025-03-01')")
    reconcile(idle)
    assert amiss(idle) == {}


def test_last_run_is_the_last_that_succeeded(idle: Connection) -> None:
    assert re.fullmatch(
        r"run 1 succeeded on \d{4}-\d\d-\d\d \d\d:\d\d UTC", alerts(idle)["last_run"]["finding"]
    )
    later(idle, "2 hours 1 minute")
    assert severity(idle, "last_run") == "warning"
    record(idle, MARCH_1, 9)
    idle.execute("select recon.start_run(null, null, 'recent', false)")
    assert severity(idle, "last_run") == "warning", "it has not ended"
    idle.execute("select recon.finish_run(2)")
    assert severity(idle, "last_run") == "warning", "it ended with a day undone"
    later(idle, "1 day 1 minute")
    assert severity(idle, "last_run") == "critical"
    assert alerts(idle)["last_run"]["next_step"] == "recon-kit reconcile"
    reconcile(idle)
    assert severity(idle, "last_run") == "ok"


def test_a_long_history_without_success_is_critical_and_not_read_whole(idle: Connection) -> None:
    idle.execute(
        "with failing as ("
        " insert into recon.runs (started_at, finished_at, outcome, order_by, force)"
        " select now(), now(), 'incomplete', 'recent', false from generate_series(1, 999)"
        " returning run_id)"
        " insert into recon.run_days (run_id, settlement_date, position)"
        " select run_id, '2025-03-01', 1 from failing"
    )
    assert severity(idle, "last_run") == "ok"
    idle.execute("select recon.start_run(null, null, 'recent', true)")
    assert severity(idle, "last_run") == "critical"
    assert alerts(idle)["last_run"]["finding"] == "none of the last 1000 runs has succeeded"


def test_a_history_that_is_gone_is_no_success(idle: Connection) -> None:
    later(idle, "91 days")
    idle.execute("select recon.prune_history()")
    found = alerts(idle)["last_run"]
    assert (found["severity"], found["value"]) == ("critical", Decimal("Infinity"))


def test_last_verification_counts_from_the_first_day_where_none_ever_was(
    idle: Connection,
) -> None:
    assert alerts(idle)["last_verification"]["finding"] == "no day was ever verified"
    later(idle, "2 days 1 minute")
    assert severity(idle, "last_verification") == "warning"
    later(idle, "7 days 1 minute")
    assert severity(idle, "last_verification") == "critical"
    assert alerts(idle)["last_verification"]["next_step"] == "recon-kit scrub"
    idle.execute("select recon.verify('2025-03-01', '2025-03-01')")
    found = alerts(idle)["last_verification"]
    assert found["severity"] == "ok"
    assert found["finding"].startswith("a day was last verified on ")
    later(idle, "9 days 2 minutes")
    assert severity(idle, "last_verification") == "warning"


def test_to_poll_reads_no_source_and_a_row_of_changes_per_pending_date(
    idle: Connection, another: Callable[[], Connection]
) -> None:
    """However many changes there are, and with what statistics."""
    idle.execute(
        "insert into recon.changes (settlement_date, reason)"
        " select '2025-03-01'::date + n %% 5, 'source' from generate_series(1, 20000) n",
        (),
    )
    for view in ("alerts", "metrics"):
        with another() as poller, poller.transaction():
            poller.execute(f"table recon.{view}".encode())
            found = poller.execute(
                "select relname::text, seq_tup_read + coalesce(idx_tup_fetch, 0) as rows"
                " from pg_stat_xact_user_tables where seq_scan + coalesce(idx_scan, 0) > 0"
            )
            read = {row["relname"]: row["rows"] for row in found}
        assert "curtailment_records" not in read
        assert "historical_bitcoin_calculations" not in read
        assert 0 < read["changes"] <= 12


# ------------------------------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("name", "warning_at", "critical_at", "message", "hint"),
    [
        ("oldest", "1 hour", "1 day", "there is no alert 'oldest'", "oldest_pending"),
        (None, "1 hour", "1 day", "there is no alert NULL", "oldest_pending"),
        ("last_run", "soon", "1 day", "limit is 'soon'", "such as 2 hours"),
        ("last_run", "1 hour", "-1 day", "limit is '-1 day'", "such as 2 hours"),
        ("last_run", "1 hour", "99999999999 years", "limit is '99999999999 years'", "such as"),
        ("last_run", "2 days", "1 day", "warning_at 2 days is above critical_at 1 day", "first"),
        ("failed_days", "1 day", "2", "limit is '1 day'", "such as 3"),
        ("failed_days", "0", "2", "limit is '0'", "such as 3"),
        ("failed_days", "1", "NaN", "limit is 'NaN'", "such as 3"),
        ("failed_days", "1", "Infinity", "limit is 'Infinity'", "such as 3"),
        ("failed_days", "1", "1e400000", "limit is '1e400000'", "such as 3"),
        ("failed_days", "", "1", "limit is ''", "such as 3"),
        ("failed_days", "3", "2", "warning_at 3 is above critical_at 2", "first"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(
    db: Connection,
    name: str | None,
    warning_at: str,
    critical_at: str,
    message: str,
    hint: str,
) -> None:
    before = db.execute("table recon.alert_limits").fetchall()
    with pytest.raises(psycopg.errors.InvalidParameterValue) as refused:
        db.execute("select recon.set_alert_limit(%s, %s, %s)", (name, warning_at, critical_at))
    assert refused.value.diag.message_primary == message
    assert hint in str(refused.value.diag.message_hint)
    assert db.execute("table recon.alert_limits").fetchall() == before


def test_limits_are_set_as_people_write_them(db: Connection, url: str) -> None:
    for given, stored in (
        (("2 hours", "1 week"), (7200, 604800)),
        (("90", "90"), (90, 90)),
        (("00:30", "never"), (1800, None)),
        (("never", "never"), (None, None)),
    ):
        done = recon("set-alert-limit", "oldest_pending", *given, url=url)
        assert done.returncode == 0, done.stderr
        found = alerts(db)["oldest_pending"]
        assert (found["warning_at"], found["critical_at"]) == stored
    refused = recon("set-alert-limit", "oldest_pending", "soon", "never", url=url)
    assert refused.returncode == 2
    assert "limit is 'soon'" in refused.stderr


def test_an_alert_that_may_never_be_is_ok(db: Connection) -> None:
    limit(db, "last_run", None, None)
    later(db, "1 year")
    assert amiss(db) == {}


# -------------------------------------------------------------------------------------- check


def test_check_is_a_plugin_line_and_its_exit_code(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    reconcile(db)
    done = recon("check", url=url)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        r"RECON OK - nothing is pending \| oldest_pending=0s;3600;86400 backlog=U;10;100"
        r" failed_days=0;1;7 blocked_days=0;1;7 skipped_days=0;1; missing_difficulty=0;1;7"
        r" suspect_difficulty=0;1; source_issues=0;1; source_silence=U;2;5 last_run=\d+s;7200;86400"
        r" last_verification=\d+s;172800;604800 unsent_post=0s;900;21600 storage=0(\.\d+)?;1;3"
        r" capture_gaps=0;1;1\n",
        done.stdout,
    )
    record(db, MARCH_2)
    reconcile(db)
    done = recon("check", url=url)
    assert done.returncode == 1
    assert done.stdout.startswith(
        "RECON WARNING - 1 day is blocked: 2025-03-02;"
        " the difficulty of 2025-03-02 is missing | oldest_pending="
    )
    limit(db, "missing_difficulty", "1", "1")
    done = recon("check", url=url)
    assert done.returncode == 2
    assert done.stdout.startswith(
        "RECON CRITICAL - the difficulty of 2025-03-02 is missing; 1 day is blocked: 2025-03-02 |"
    )
    assert len(done.stdout.splitlines()) == 1


def test_check_in_full_and_as_json(db: Connection, url: str) -> None:
    full = recon("check", "--verbose", url=url)
    assert [line.split()[0] for line in full.stdout.splitlines()[2:]] == NAMES
    listed = recon("check", url=url, RECON_JSON="1")
    assert (listed.returncode, [row["name"] for row in json.loads(listed.stdout)]) == (0, NAMES)


def test_check_of_a_database_that_is_gone_is_unknown(url: str, bare_url: str) -> None:
    gone = make_conninfo(url, dbname="no_such_database")
    for at, words in (
        ("postgresql://me:s3cret@127.0.0.1:1/none", "port 1 failed: Connection refused"),
        ("postgresql://me:s3cret@[nowhere", "DATABASE_URL cannot be read"),
        (gone, 'database "no_such_database" does not exist'),
        (bare_url, 'relation "recon.alerts" does not exist'),
    ):
        done = recon("check", url=at)
        assert done.returncode == 3, done.stdout
        assert done.stdout.startswith("RECON UNKNOWN - ")
        assert words in done.stdout
        assert len(done.stdout.splitlines()) == 1
        assert "s3cret" not in done.stdout + done.stderr
        as_json = recon("check", "--json", url=at)
        assert (as_json.returncode, as_json.stdout) == (3, "")
        assert words in as_json.stderr


def test_check_starts_no_database(tmp_path: Any) -> None:
    for verb in ("check", "metrics"):
        done = recon(verb, HOME=str(tmp_path), RECON_LOCAL_DIR=str(tmp_path / "kept"))
        assert done.returncode == (3 if verb == "check" else 1)
        assert "does not run" in done.stdout + done.stderr
        assert not (tmp_path / "kept").exists()


def test_check_does_not_wait_for_a_lock_for_long(
    db: Connection, url: str, another: Callable[[], Connection]
) -> None:
    holder = another()
    with holder.transaction():
        holder.execute("lock recon.days")
        done = recon("check", url=url)
    assert (done.returncode, done.stdout.partition(" - ")[0]) == (3, "RECON UNKNOWN")


# ------------------------------------------------------------------------------------ metrics


def samples(text: str) -> dict[str, float]:
    """Every sample of a text in Prometheus' format, by name and labels; all are gauges."""
    families = list(text_string_to_metric_families(text))
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation.endswith(".") for family in families)
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in families
        for sample in family.samples
    }


def test_metrics_are_what_the_database_has(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    record(db, MARCH_2)
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")
    reconcile(db)
    record(db, MARCH_1, 9)
    done = recon("metrics", url=url)
    assert (done.returncode, done.stderr) == (0, "")
    found = samples(done.stdout)
    age = value(db, "select 86400 * (recon.today() - '2025-03-01'::date)")
    assert (
        found.items()
        >= {
            "recon_kit_alert_severity oldest_pending": 0,
            "recon_kit_alert_severity blocked_days": 1,
            "recon_kit_alert_value blocked_days days": 1,
            "recon_kit_alert_limit blocked_days critical": 7,
            "recon_kit_days reconciled": 1,
            "recon_kit_days blocked": 1,
            "recon_kit_days failed": 0,
            "recon_kit_days skipped": 0,
            "recon_kit_difficulty_age_seconds": age,
            "recon_kit_paused": 0,
            "recon_kit_pending_days": 1,
            "recon_kit_repaired_cells missing": 36,
            "recon_kit_repaired_cells wrong": 36,
            "recon_kit_repaired_cells stale": 0,
            "recon_kit_repaired_cells orphan": 0,
            "recon_kit_runs incomplete": 2,
            "recon_kit_runs stopped": 0,
        }.items()
    )
    assert 0 < found["recon_kit_last_run_duration_seconds"] < 60
    assert 0 <= found["recon_kit_oldest_pending_seconds"] < 60
    assert "recon_kit_alert_value backlog times" not in found, "it is not known yet"


def test_metrics_of_an_empty_database(url: str) -> None:
    found = samples(recon("metrics", url=url).stdout)
    assert found["recon_kit_pending_days"] == 0
    assert "recon_kit_last_run_duration_seconds" not in found


@pytest.fixture
def listening(url: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """recon-kit metrics --listen, and where."""
    with subprocess.Popen(
        [sys.executable, "-m", "recon_kit", "metrics", "--listen", "0"],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url},
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # even in the background
    ) as process:
        assert process.stderr is not None
        yield process, process.stderr.readline().split()[-1]
        process.kill()


def test_metrics_are_served_and_looked_up_at_each_scrape(
    db: Connection, listening: tuple[subprocess.Popen[str], str]
) -> None:
    process, address = listening
    for pending in range(3):
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert samples(answer.read().decode())["recon_kit_pending_days"] == pending
        record(db, MARCH_1 + timedelta(days=pending))
    db.execute("drop schema recon cascade")
    with pytest.raises(urllib.error.HTTPError, match="500"):
        urllib.request.urlopen(address, timeout=60)
    port = address.split(":")[-1].partition("/")[0]
    taken = recon("metrics", "--listen", port)
    assert taken.returncode == 1
    assert f"nothing can listen on port {port}: Address already in use" in taken.stderr
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130


# -------------------------------------------------------------------------------------- roles


@pytest.fixture(scope="module")
def roles_url() -> Iterator[str]:
    """A server of its own with a reader, an operator and a stranger."""
    with throwaway_server() as server:
        with connect(server.url()) as owner:
            owner.execute("create role recon_reader nologin")
            owner.execute("create role recon_operator nologin")
            owner.execute("create role reader login in role recon_reader")
            owner.execute("create role operator login in role recon_operator")
            owner.execute("create role stranger login")
            migrate(server.url())
            days(owner, MARCH_1)
            reconcile(owner)
        yield server.url()


def test_readers_check_and_operators_also_set_limits(roles_url: str) -> None:
    for role in ("reader", "operator"):
        at = make_conninfo(roles_url, user=role)
        assert recon("check", url=at).returncode == 0
        assert samples(recon("metrics", url=at).stdout)["recon_kit_days reconciled"] == 1
    with as_role(roles_url, "reader") as reader:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            limit(reader, "last_run", "1 hour", "2 hours")
        for role_statement in ("update recon.alert_limits set critical_at = null",):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(role_statement.encode())
    with as_role(roles_url, "operator") as operator:
        limit(operator, "last_run", "1 hour", "2 hours")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            operator.execute("update recon.alert_limits set critical_at = null")
    stranger = recon("check", url=make_conninfo(roles_url, user="stranger"))
    assert (stranger.returncode, "permission denied" in stranger.stdout) == (3, True)
