"""What is wrong and what to do about it, worst first."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from recon_kit.db import Connection
from tests.commands import recon
from tests.world import (
    MARCH_1,
    MARCH_2,
    days,
    difficulty,
    pass_time,
    reconcile,
    record,
    see_sessions_later,
    value,
    wait_for_lock,
)

MARCH = [MARCH_1 + timedelta(days=n) for n in range(20)]


def analyze(db: Connection, max_days: int | None = 10) -> list[dict[str, Any]]:
    return db.execute("select * from recon.analyze(max_days => %s)", (max_days,)).fetchall()


def remove(db: Connection, day: date, cells: int) -> None:
    """Deletes that many of a day's 36 stored cells."""
    db.execute(
        "delete from historical_bitcoin_calculations where ctid in ("
        " select ctid from historical_bitcoin_calculations where settlement_date = %s limit %s)",
        (day, cells),
    )


def test_nothing_is_wrong_with_a_new_or_a_reconciled_database(db: Connection, url: str) -> None:
    assert analyze(db) == []
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    assert analyze(db) == []
    done = recon("analyze", url=url)
    assert (done.returncode, done.stdout) == (0, "nothing is wrong\n")


def test_days_are_classed_by_the_share_of_their_cells_that_are_right(db: Connection) -> None:
    """Of 36 cells: 17 right are under 50 %, 18 are 50 %, 34 are 94.4 %, 35 are 97.2 %."""
    days(db, *MARCH[:6])
    reconcile(db)
    for day, wrong in zip(MARCH[:5], (19, 18, 2, 1, 36), strict=True):
        remove(db, day, wrong)
    assert [
        (row["severity"], row["settlement_date"].day, str(row["completion"]), row["next_step"])
        for row in analyze(db)
    ] == [
        ("critical", 5, "0", "recon-kit date 2025-03-05"),
        ("critical", 1, "47.2", "recon-kit date 2025-03-01"),
        ("warning", 2, "50", "recon-kit date 2025-03-02"),
        ("warning", 3, "94.4", "recon-kit date 2025-03-03"),
        ("note", 4, "97.2", "recon-kit date 2025-03-04"),
    ]
    assert [row["finding"] for row in analyze(db)][2:4] == [
        "50.0 % right (partial), pending: 18 of 36 cells",
        "94.4 % right (partial), pending: 34 of 36 cells",
    ]
    classes = db.execute("select * from recon.day_completion() order by settlement_date")
    assert [row["class"] for row in classes] == [
        "critical",
        "partial",
        "partial",
        "almost complete",
        "critical",
    ]


def test_a_cell_that_should_not_exist_keeps_a_day_from_100_percent(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute("delete from curtailment_records where settlement_period = 1")
    [day] = analyze(db)
    assert (day["severity"], str(day["completion"])) == ("warning", "75")
    db.execute("delete from curtailment_records")
    [day] = analyze(db)
    assert (day["severity"], str(day["completion"])) == ("critical", "0")


def test_a_pending_day_that_is_right_is_a_note_and_exits_0(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    reconcile(db)
    difficulty(db)
    [day] = analyze(db)
    assert (day["severity"], str(day["completion"])) == ("note", "100")
    assert recon("analyze", url=url).returncode == 0


def test_a_first_install_is_a_few_rows(db: Connection) -> None:
    days(db, *MARCH, farms=1, periods=1)
    found = analyze(db, 3)
    assert [row["subject"] for row in found] == [
        "day 2025-03-20",
        "day 2025-03-19",
        "day 2025-03-18",
        "days",
    ]
    assert found[3]["finding"] == (
        "0.0 % right or more (critical), pending: 17 more days, 2025-03-01 to 2025-03-17"
    )
    assert found[3]["next_step"] == "recon-kit reconcile"
    assert len(analyze(db, 0)) == 1
    assert len(analyze(db, None)) == 20


def test_missing_difficulty_comes_first_and_in_one_row(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    record(db, MARCH_2)
    record(db, date(2025, 3, 9), volume=-2.5)
    for _ in range(2):  # pending, then blocked
        found = analyze(db)
        assert found[0]["finding"] == (
            "0 % right (critical): no difficulty on 2 days, 2025-03-02 to 2025-03-09, 12.5 MWh"
        )
        assert (found[0]["severity"], found[0]["next_step"]) == ("critical", "recon-kit sync")
        assert {row["settlement_date"] for row in found[1:]} <= {MARCH_1}
        reconcile(db)
    done = recon("analyze", url=url)
    assert done.returncode == 3
    assert "-> recon-kit sync" in done.stdout
    listed = json.loads(recon("analyze", "--json", url=url).stdout)
    assert [row["subject"] for row in listed] == ["difficulty"]
    db.execute("update curtailment_records set volume = 0 where settlement_date = '2025-03-02'")
    assert "no difficulty on 2025-03-09" in analyze(db)[0]["finding"]


def test_a_rejected_difficulty_is_given_as_the_reason_as_on_the_day_itself(
    db: Connection,
) -> None:
    days(db, MARCH_1)
    db.execute("select * from recon.reject_difficulty('2025-03-01', 'made up')")
    reason = value(db, "select reason from recon.missing_difficulties")
    who = value(db, "select session_user")
    assert reason == f"difficulty refused: rejected by {who}: made up"
    assert reason == value(db, "select recon.day_obstacle('2025-03-01')")
    assert reason in analyze(db)[0]["finding"]


def test_suspect_difficulty_is_a_row_too_until_somebody_decides(db: Connection) -> None:
    for n in range(30):
        difficulty(db, MARCH_1 + timedelta(days=n), Decimal(10**14 + n * 10**12))
    (found,) = [row for row in analyze(db) if row["subject"] == "difficulty"]
    assert (found["severity"], found["next_step"]) == (
        "warning",
        "recon-kit difficulty list --from 2025-03-01 --to 2025-03-30",
    )
    assert found["finding"] == "suspect on 30 days, 2025-03-01 to 2025-03-30: false_form"
    db.execute("select * from recon.accept_difficulty('2025-03-01', '2025-03-30', 'a test')")
    assert not [row for row in analyze(db) if row["subject"] == "difficulty"]


def test_blocked_failed_and_skipped_days_have_their_reason_and_next_step(db: Connection) -> None:
    days(db, *MARCH[:3])
    record(db, MARCH_1, 50)
    reconcile(db)
    db.execute(
        "update recon.days set outcome = 'failed', reason = 'no room', sqlstate = '53100',"
        " next_attempt_at = 'infinity' where settlement_date = %s",
        (MARCH_2,),
    )
    db.execute("select recon.skip_day('2025-03-03', 'under review')")
    found = analyze(db)
    assert [(row["severity"], row["next_step"]) for row in found] == [
        ("warning", "recon-kit gaps --from 2025-03-01 --to 2025-03-01"),
        ("warning", "recon-kit retry-day 2025-03-02"),
        ("note", "recon-kit retry-day 2025-03-03"),
    ]
    assert "failed: 36 of 36 cells; no room" in found[1]["finding"]
    assert "skipped: 36 of 36 cells; under review" in found[2]["finding"]


def test_halted_runs_are_named(db: Connection) -> None:
    days(db, MARCH_1)
    db.execute("select recon.start_run(null, null, 'recent', false)")
    assert "runs" not in {row["subject"] for row in analyze(db)}, "it may be at work"
    pass_time(db, "2 hours")
    [run] = [row for row in analyze(db) if row["subject"] == "runs"]
    assert (run["severity"], run["next_step"]) == ("warning", "recon-kit reconcile")
    assert run["finding"].startswith("run 1 was last heard of on ")
    reconcile(db)
    assert analyze(db) == [], "another run has ended since"
    db.execute("select recon.pause('for the upgrade')")
    [pause] = analyze(db)
    assert (pause["finding"], pause["next_step"]) == (
        "runs are paused: for the upgrade",
        "recon-kit unpause",
    )
    db.execute("select recon.resume()")
    db.execute(
        "insert into recon.runs (started_at, finished_at, outcome, reason, order_by, force)"
        " values (now(), now(), 'stopped', 'too much would change', 'recent', false)"
    )
    [stopped] = analyze(db)
    assert stopped["severity"] == "critical"
    assert stopped["next_step"].endswith("recon-kit confirm 3")
    db.execute("select recon.confirm(3)")
    assert analyze(db) == []


def test_who_blocks_whom_and_who_is_long_in_a_transaction(
    db: Connection, another: Callable[[], Connection]
) -> None:
    days(db, MARCH_1)
    holder, waiter = another(), another()
    holder_pid, waiter_pid = holder.info.backend_pid, waiter.info.backend_pid
    with holder.transaction():
        holder.execute("lock recon.summary_changes in share mode")
        blocked = threading.Thread(
            target=waiter.execute, args=("delete from recon.summary_changes",)
        )
        blocked.start()
        wait_for_lock(db, waiter_pid)
        assert db.execute("table recon.session_problems").fetchall() == [], "not for long"
        see_sessions_later(db)
        found = [row for row in analyze(db) if row["subject"] == "sessions"]
    blocked.join()
    assert [row["severity"] for row in found] == ["critical", "warning", "warning"]
    assert f"process {holder_pid} of postgres (recon-kit) keeps a session" in found[0]["finding"]
    assert found[0]["next_step"] == f"select pg_terminate_backend({holder_pid})"
    assert {f"select pg_terminate_backend({pid})" for pid in (holder_pid, waiter_pid)} == {
        row["next_step"] for row in found[1:]
    }
    assert any("idle in it" in row["finding"] for row in found[1:])


def test_a_transaction_prepared_and_forgotten_is_named(db: Connection) -> None:
    if value(db, "show max_prepared_transactions") == "0":
        pytest.skip("this server prepares no transactions")
    db.execute("begin; insert into recon.summary_changes default values; prepare transaction 'x'")
    try:
        see_sessions_later(db)
        [found] = [row for row in analyze(db) if row["subject"] == "sessions"]
        assert found["next_step"] == "rollback prepared 'x'"
    finally:
        db.execute("rollback prepared 'x'")


def test_a_locked_table_does_not_keep_it_from_naming_who_locks(
    db: Connection, url: str, another: Callable[[], Connection]
) -> None:
    days(db, MARCH_1)
    holder = another()
    with holder.transaction():
        holder.execute("set local lock_timeout = '10s'; lock curtailment_records")
        done = recon("analyze", url=url)
    assert done.returncode == 4
    assert "error: a table is locked" in done.stderr


def test_tables_in_need_of_care_are_named_with_the_statement(db: Connection) -> None:
    db.execute("alter table recon.repairs set (autovacuum_enabled = off)")
    db.execute("create unique index concurrently if not exists x on recon.runs (started_at)")
    db.execute("update pg_index set indisvalid = false where indexrelid = 'recon.x'::regclass")
    db.execute("alter table recon.summary_changes set (autovacuum_enabled = on)")
    found = {row["subject"]: (row["severity"], row["next_step"]) for row in analyze(db)}
    assert found == {
        "recon.repairs": ("warning", "alter table recon.repairs reset (autovacuum_enabled)"),
        "recon.runs": ("warning", "reindex index concurrently recon.x"),
    }
    db.execute("reindex index concurrently recon.x")
    db.execute("alter table recon.repairs reset (autovacuum_enabled)")
    assert analyze(db) == []


def test_dead_rows_and_stale_statistics_are_told_by_number(db: Connection) -> None:
    db.execute("alter table recon.summary_changes set (autovacuum_enabled = on)")
    with db.transaction():
        db.execute("insert into recon.summary_changes select from generate_series(1, 120000)")
        db.execute("delete from recon.summary_changes")
    db.execute("select pg_stat_force_next_flush()")
    health = db.execute(
        "select * from recon.table_health where table_name = 'recon.summary_changes'"
    ).fetchone()
    assert health is not None
    if health["vacuumed_at"] is None:  # autovacuum was not faster
        assert health["finding"] == "120000 dead rows beside 0 live ones"
        db.execute(health["next_step"])
    healthy = value(db, "select count(*) from recon.table_health where severity is not null")
    assert healthy == 0


@pytest.mark.parametrize("limit", ["-1", "x"])
def test_bad_limits_are_refused(url: str, limit: str) -> None:
    done = recon("analyze", "--max-days", limit, url=url)
    assert done.returncode == 2
    assert "--max-days" in done.stderr


def test_a_range_upside_down_is_refused(db: Connection) -> None:
    days(db, MARCH_1)
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="is after"):
        db.execute("select * from recon.day_completion('2025-03-02', '2025-03-01')")
