"""What is done every day: the daily check, a month verified, the report, dates that cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from recon_kit.db import Connection
from tests import oracle
from tests.commands import recon
from tests.world import (
    MARCH_1,
    MARCH_2,
    call,
    days,
    difficulty,
    pending,
    reconcile,
    record,
    value,
    without_triggers,
)

MARCH_3 = date(2025, 3, 3)


@pytest.fixture
def at(db: Connection) -> Callable[[str], None]:
    """Moves the clock of every connection to the test's database."""

    def move(moment: str) -> None:
        name = value(db, "select current_database()")
        db.execute(f"alter database {name} set recon.now = '{moment}'".encode())
        db.execute(f"set recon.now = '{moment}'".encode())

    move("2025-03-03 12:00+00")
    return move


@pytest.fixture
def clean(db: Connection, at: Callable[[str], None]) -> Connection:
    """Three reconciled days, the last of them today."""
    days(db, MARCH_1, MARCH_2, MARCH_3)
    reconcile(db)
    return db


def lose(db: Connection, *dates: date) -> None:
    """Loses calculations of some days without anybody noticing."""
    for day in dates:
        without_triggers(
            db,
            "delete from historical_bitcoin_calculations"
            f" where settlement_date = '{day}' and settlement_period = 1",
        )


# ----------------------------------------------------------------------------------- completion


def completion(db: Connection) -> Decimal | None:
    found = value(db, "select completion_percent from recon.status()")
    assert found is None or isinstance(found, Decimal)
    return found


def test_no_data_is_not_100_percent(db: Connection, url: str) -> None:
    assert completion(db) is None
    assert "completion_percent     no data" in recon("status", url=url).stdout
    record(db)
    assert completion(db) == 0
    db.execute("delete from curtailment_records")
    reconcile(db)
    assert completion(db) is None
    for verb in ("verify", "gaps", "verify-month"):
        done = recon(verb, url=url)
        assert (done.returncode, done.stdout) == (0, "no data\n"), verb
    record(db)
    reconcile(db)
    db.execute("delete from curtailment_records")
    reconcile(db)
    assert completion(db) is None
    assert recon("verify", url=url).stdout == "no data\n", "a day that lost its data has none"


def test_completion_is_the_share_of_days_with_data_that_stand_reconciled(clean: Connection) -> None:
    assert completion(clean) == 100
    record(clean, MARCH_2, 9)
    assert completion(clean) == Decimal("66.6"), "pending is not reconciled, and nothing rounds up"
    clean.execute("delete from curtailment_records where settlement_date = %s", (MARCH_2,))
    reconcile(clean)
    assert completion(clean) == 100, "a day without data counts neither way"
    clean.execute("select recon.skip_day('2025-03-01', 'disputed')")
    assert completion(clean) == 50


def test_each_problem_day_comes_with_its_next_step(db: Connection, url: str) -> None:
    record(db, MARCH_1)
    days(db, MARCH_2)
    record(db, MARCH_2, 49)
    db.execute("delete from recon.block_rewards where from_date = '2009-01-03'")
    days(db, date(2009, 1, 3))
    db.execute("select recon.skip_day('2025-03-03', 'disputed')")
    reconcile(db)
    told = {
        row["settlement_date"]: row["next_step"] for row in db.execute("table recon.problem_days")
    }
    assert told == {
        date(2009, 1, 3): "insert it into recon.block_rewards",
        MARCH_1: "recon-kit sync",
        MARCH_2: "recon-kit gaps --from 2025-03-02 --to 2025-03-02",
        MARCH_3: "recon-kit retry-day 2025-03-03",
    }
    db.execute("update recon.miner_models set is_active = false")
    reconcile(db)
    assert value(
        db, "select next_step from recon.problem_days where settlement_date = '2025-03-01'"
    ) == ("set is_active in recon.miner_models")
    told_people = recon("status", url=url).stdout
    assert "2025-03-03 skipped: disputed\n  next: recon-kit retry-day 2025-03-03" in told_people


KNOWN = date(2024, 1, 5)
"""A date that the table of retargets has."""

LIST = "recon-kit difficulty list --from {0} --to {0}"
ADVICE = {
    "no_difficulty": (MARCH_1, "select", "recon-kit sync"),
    "difficulty_known": (
        KNOWN,
        "select",
        "recon-kit difficulty propose --from {0} --to {0}",
    ),
    "difficulty_rejected": (
        MARCH_1,
        "insert into recon.network_difficulties (settlement_date, difficulty) values ('{0}', 7);"
        " select from recon.reject_difficulty('{0}', 'made up')",
        LIST,
    ),
    "difficulty_refused": (
        MARCH_1,
        "insert into recon.difficulty_refusals"
        " (sync_id, source, settlement_date, difficulty_text, reason, refused_at)"
        " values (1, 'a file', '{0}', 'none', 'not a number', now())",
        LIST,
    ),
    "difficulty_suspect": (
        MARCH_1,
        "update recon.settings set difficulty_policy = 'strict';"
        " insert into recon.network_difficulties (settlement_date, difficulty)"
        " values ('{0}', 110568428300952.25)",
        LIST,
    ),
    "no_block_reward": (
        date(2009, 1, 3),
        "delete from recon.block_rewards where from_date = '{0}';"
        " insert into recon.network_difficulties (settlement_date, difficulty) values ('{0}', 1)",
        "insert it into recon.block_rewards",
    ),
    "no_miner_model": (
        MARCH_1,
        "update recon.miner_models set is_active = false;"
        " insert into recon.network_difficulties (settlement_date, difficulty)"
        " values ('{0}', 110568428300952)",
        "set is_active in recon.miner_models",
    ),
}
"""By code: a date, what blocks it, and what helps."""


@pytest.mark.parametrize("code", ADVICE)
def test_all_that_advise_give_the_advice_that_helps(code: str, db: Connection) -> None:
    day, cause, advice = ADVICE[code]
    advice = advice.format(day)
    db.execute(cause.format(day).encode())
    record(db, day)
    reconcile(db)
    problem = db.execute("table recon.problem_days").fetchone()
    assert problem is not None
    assert (problem["state"], problem["reason_code"], problem["next_step"]) == (
        "blocked",
        code,
        advice,
    )
    assert problem["reason"] == value(db, "select recon.day_obstacle(%s)", day)
    for asked in (
        "select next_step from recon.analyze()"
        " where subject in ('difficulty', 'day {0}') and severity <> 'note'",
        "select next_step from recon.report_actions() where finding like 'blocked%'",
        "select next_step from recon.missing_difficulties",
        "select next_step from recon.doctor() where subject = 'difficulty' and outcome <> 'ok'",
        "select next_step from recon.alerts"
        " where name like '%difficulty' and next_step is not null",
    ):
        told = [row["next_step"] for row in db.execute(asked.format(day).encode())]
        assert set(told) <= {advice}, asked
        assert told or "difficult" in asked


def test_many_dates_of_a_kind_have_one_advice(db: Connection) -> None:
    for n in range(5):
        record(db, KNOWN + timedelta(days=n))
        record(db, MARCH_1 + timedelta(days=n))
    reconcile(db)
    advice = "recon-kit difficulty propose --from 2024-01-05 --to 2024-01-09; recon-kit sync"
    for asked in (
        "select next_step from recon.doctor() where subject = 'difficulty'",
        "select next_step from recon.alerts where name = 'missing_difficulty'",
        "select string_agg(next_step, '; ' order by settlement_date)"
        " from recon.difficulty_problems",
    ):
        assert value(db, asked) == advice, asked


def test_a_day_of_invalid_records_alone_is_not_told_to_sync(db: Connection) -> None:
    record(db, MARCH_1, volume=-20000)
    reconcile(db)
    found = db.execute("select reason, reason_code, next_step from recon.problem_days").fetchone()
    assert found == {
        "reason": "invalid source in 3 cells",
        "reason_code": "invalid_source",
        "next_step": "recon-kit gaps --from 2025-03-01 --to 2025-03-01",
    }


def test_what_a_person_rejected_is_not_proposed_again(db: Connection) -> None:
    record(db, KNOWN)
    db.execute("select * from recon.accept_proposals(%s, %s, 'it was so')", (KNOWN, KNOWN))
    db.execute("select recon.reject_difficulty(%s, 'disputed')", (KNOWN,))
    reconcile(db)
    assert value(db, "select reason_code from recon.problem_days") == "difficulty_rejected"


def test_every_code_has_its_advice(db: Connection) -> None:
    codes = {*ADVICE, "pending", "failed", "skipped", "invalid_source"}
    for code in codes:
        assert value(db, "select recon.next_step(%s, '2025-03-01', '2025-03-02')", code)
    assert value(db, "select recon.next_step('another', null, null)") is None


def test_a_failed_day_says_when_it_is_tried_again(clean: Connection) -> None:
    clean.execute("alter table historical_bitcoin_calculations add check (bitcoin_mined < 9)")
    record(clean, MARCH_2, 9, volume=-9000)
    difficulty(clean, MARCH_2, Decimal(1))
    reconcile(clean)
    told = value(clean, "select next_step from recon.problem_days")
    today = value(clean, "select now()::date")
    assert told.startswith(f"it is tried again at {today} ")
    assert told.endswith(", or now: recon-kit date 2025-03-02")
    clean.execute("update recon.settings set max_attempts = 1")
    reconcile(clean, force=True)
    assert value(clean, "select next_step from recon.problem_days") == (
        "recon-kit retry-day 2025-03-02"
    )


# ---------------------------------------------------------------------------------- daily check


def test_the_daily_check_finds_what_nobody_noticed_and_mends_it(clean: Connection) -> None:
    lose(clean, MARCH_1, MARCH_2, MARCH_3)
    done = call(clean, "call recon.daily_check()")
    assert done["outcome"] == "complete"
    assert done["message"].startswith(
        "Verified 2025-03-02 to 2025-03-03: 18 missing, daily summary off. 2 of 2 days done"
    )
    assert value(clean, "select count(*) from recon.gaps('2025-03-02')") == 0
    assert value(clean, "select count(*) from recon.gaps()") == 9, "the day before is not its"
    done = call(clean, "call recon.daily_check(days => 3)")
    assert "9 missing" in done["message"]
    oracle.assert_consistent(clean)


def test_the_daily_check_reconciles_what_is_right_only_with_force(clean: Connection) -> None:
    done = call(clean, "call recon.daily_check()")
    assert done["message"].startswith(
        "Verified 2025-03-02 to 2025-03-03: nothing is off. 0 of 0 days done"
    )
    done = call(clean, "call recon.daily_check(force => true)")
    assert "2 of 2 days done" in done["message"]
    assert value(clean, "select count(*) from recon.repairs") == 0


def test_the_daily_check_of_an_empty_database_is_no_error_and_says_so(
    db: Connection, url: str, at: Any
) -> None:
    done = call(db, "call recon.daily_check()")
    assert done["outcome"] == "complete"
    assert done["message"].startswith("Verified 2025-03-02 to 2025-03-03: no data.")
    assert recon("daily-check", url=url).returncode == 0


def test_the_daily_check_stands_alone_and_needs_days_and_no_pause(clean: Connection) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="days is 0"):
        clean.execute("call recon.daily_check(days => 0)")
    with clean.transaction(), pytest.raises(psycopg.errors.InvalidTransactionTermination):
        clean.execute("call recon.daily_check()")
    clean.execute("select recon.pause('lunch')")
    with pytest.raises(psycopg.Error, match="paused: lunch"):
        clean.execute("call recon.daily_check()")
    clean.execute("select recon.resume()")
    clean.execute("set default_transaction_isolation = serializable")
    assert call(clean, "call recon.daily_check()")["outcome"] == "complete"


def test_the_daily_check_on_the_command_line(clean: Connection, url: str) -> None:
    lose(clean, MARCH_1, MARCH_3)
    assert "expected_duration" in recon("daily-check", "--dry-run", url=url).stdout
    planned = recon("daily-check", "--dry-run", "--json", url=url)
    assert [(row["settlement_date"], row["missing"]) for row in json.loads(planned.stdout)] == [
        ("2025-03-03", 9)
    ]
    assert pending(clean) == [], "a dry run writes nothing"
    assert value(clean, "select count(verified_at) from recon.days") == 0
    done = recon("daily-check", "--json", url=url)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["planned_days"] == 1
    assert told["message"].startswith("Verified 2025-03-02 to 2025-03-03: 9 missing, daily summary")
    again = recon("daily-check", "--force", RECON_DAILY_CHECK_DAYS="3", url=url)
    assert "9 missing, daily summary off. 3 of 3 days done" in again.stdout
    oracle.assert_consistent(clean)


def test_the_daily_check_exits_3_where_a_day_is_blocked(db: Connection, url: str, at: Any) -> None:
    record(db, MARCH_3)
    done = recon("daily-check", url=url)
    assert done.returncode == 3
    assert "2025-03-03 blocked: no difficulty" in done.stderr


# -------------------------------------------------------------------------------------- a month


def test_a_month_is_verified_and_no_other(clean: Connection, url: str) -> None:
    april = date(2025, 4, 1)
    days(clean, date(2025, 2, 28), april)
    reconcile(clean)
    lose(clean, date(2025, 2, 28), MARCH_1, april)
    found = clean.execute("select * from recon.verify_month('2025-03')").fetchall()
    assert {(row["settlement_date"], row["finding"]) for row in found} == {
        (MARCH_1, "missing"),
        (MARCH_1, "daily summary"),
    }
    assert pending(clean) == [MARCH_1]
    done = recon("verify-month", "2025-02", "--depth", "fingerprints", "--json", url=url)
    assert done.returncode == 3
    assert {row["settlement_date"] for row in json.loads(done.stdout)} == {"2025-02-28"}


@pytest.mark.parametrize(
    ("moment", "seen"),
    [
        ("2025-03-15 12:00+00", {MARCH_1}),
        ("2025-04-01 12:00+00", {MARCH_1, date(2025, 4, 1)}),
        ("2025-04-02 12:00+00", {date(2025, 4, 1)}),
        ("2025-03-31 23:30+00", {MARCH_1, date(2025, 4, 1)}),
    ],
)
def test_without_a_month_it_is_this_one_and_on_its_first_day_the_previous_one_too(
    moment: str, seen: set[date], clean: Connection, url: str, at: Callable[[str], None]
) -> None:
    days(clean, date(2025, 4, 1))
    reconcile(clean)
    lose(clean, MARCH_1, date(2025, 4, 1))
    at(moment)
    found = clean.execute("select settlement_date from recon.verify_month()").fetchall()
    assert {row["settlement_date"] for row in found} == seen
    told = json.loads(recon("verify-month", "--json", url=url).stdout)
    assert {row["settlement_date"] for row in told} == {str(day) for day in seen}


def test_the_first_day_of_the_first_month_is_no_error(
    db: Connection, at: Callable[[str], None]
) -> None:
    at("2025-03-01 00:30+00")
    assert db.execute("select recon.verify_month()").fetchall() == []
    days(db, MARCH_1)
    reconcile(db)
    assert db.execute("select recon.verify_month()").fetchall() == []


@pytest.mark.parametrize(
    "month", ["2025-3", "2025-13", "2025-00", "0000-01", "March", "", "2025-03-01", " 2025-03"]
)
def test_what_is_no_month_is_refused_by_name(month: str, clean: Connection, url: str) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue) as refusal:
        clean.execute("select recon.verify_month(%s)", (month,))
    assert refusal.value.diag.message_primary == f"year_month is '{month}'"
    assert refusal.value.diag.message_hint == "Write a month as 2025-03."
    done = recon("verify-month", month, url=url)
    assert done.returncode == 2
    assert f"'{month}'" in done.stderr


def test_a_verified_day_stays_so_where_a_run_finds_all_right(clean: Connection) -> None:
    clean.execute("select * from recon.verify()")
    verified = "select count(*) from recon.day_status where verified_at is not null"
    count = value(clean, verified)
    assert count == 3
    reconcile(clean, force=True)
    assert value(clean, verified) == count
    clean.execute(
        "update historical_bitcoin_calculations set bitcoin_mined = 2"
        " where settlement_date = '2025-03-01' and settlement_period = 1"
    )
    reconcile(clean, force=True)
    assert value(clean, verified) == count - 1, "what a run wrote is not proven"
    reconcile(clean, force=True)
    assert value(clean, verified) == count - 1, "and only verify proves it"


# --------------------------------------------------------------------------- dates that cannot be

FUTURE = "2026-01-01 is in the future: today is 2025-03-03"
EARLY = "2019-01-01 is before the first record, which is of 2025-03-01"


@pytest.mark.parametrize(("day", "why"), [("2026-01-01", FUTURE), ("2019-01-01", EARLY)])
@pytest.mark.parametrize(
    "statement",
    [
        "call recon.reconcile_date('DAY')",
        "call recon.reconcile_critical('DAY')",
        "select recon.skip_day('DAY', 'disputed')",
        "select * from recon.spot_fix('DAY', 1, 'T_FARM-0')",
        "select * from recon.explain('DAY', 1, 'T_FARM-0')",
        "call recon.reconcile(from_date => 'DAY', to_date => 'DAY')",
        "select * from recon.verify('DAY', 'DAY')",
        "select * from recon.verify_month(left('DAY', 7))",
        "select * from recon.plan('DAY', 'DAY')",
        "select * from recon.gaps('DAY', 'DAY')",
        "select * from recon.gap_counts('DAY', 'DAY')",
        "select * from recon.report_days('DAY', 'DAY')",
        "select * from recon.report_months('DAY', 'DAY')",
    ],
)
def test_a_date_in_the_future_or_before_the_first_record_is_refused(
    statement: str, day: str, why: str, clean: Connection
) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue) as refusal:
        clean.execute(statement.replace("DAY", day).encode())
    told = refusal.value.diag.message_primary or ""
    assert told == why.replace("2019-01-01", "2019-01-31" if "month(" in statement else day)
    assert ("2025-03-03" if day > "2025" else "recon-kit load") in (
        refusal.value.diag.message_hint or ""
    )
    assert value(clean, "select count(*) from recon.runs") == 1, "no run was begun"


@pytest.mark.parametrize(("day", "why"), [("2026-01-01", FUTURE), ("2019-01-01", EARLY)])
@pytest.mark.parametrize(
    "verb",
    [
        ["date", "DAY"],
        ["date", "DAY", "--dry-run"],
        ["critical", "DAY"],
        ["critical", "DAY", "--dry-run"],
        ["spot-fix", "DAY", "1", "T_FARM-0"],
        ["reconcile", "--from", "DAY", "--to", "DAY"],
        ["report", "--from", "DAY", "--to", "DAY"],
    ],
)
def test_the_command_line_exits_2_for_it(
    verb: list[str], day: str, why: str, clean: Connection, url: str
) -> None:
    done = recon(*(word.replace("DAY", day) for word in verb), url=url)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr


def test_a_date_without_a_record_at_all_is_refused_and_a_range_is_not(
    db: Connection, url: str, at: Any
) -> None:
    for verb in ("reconcile_date", "reconcile_critical"):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="no record at all"):
            db.execute(f"call recon.{verb}('2025-03-01')".encode())
    done = recon("date", "2025-03-01", url=url)
    assert done.returncode == 2
    assert "nothing is known of 2025-03-01" in done.stderr
    assert "recon-kit load FILE" in done.stderr
    with pytest.raises(psycopg.errors.NullValueNotAllowed):
        db.execute("call recon.reconcile_date(null)")
    for statement in (
        "call recon.reconcile()",
        "call recon.reconcile_recent()",
        "call recon.reconcile(from_date => '2025-02-01', to_date => '2025-02-28')",
        "select recon.verify_month()",
    ):
        db.execute(statement.encode())


def test_a_date_of_which_something_is_stored_is_known(db: Connection, at: Any) -> None:
    orphan = "insert into historical_bitcoin_calculations values ('{}', 1, 'T_GONE-1', 'S9', 1, 1)"
    for stated in (date(2019, 1, 1), date(2025, 9, 9)):
        db.execute(orphan.format(stated).encode())
        assert call(db, f"call recon.reconcile_date('{stated}')")["outcome"] == "complete"
        assert value(db, "select count(*) from historical_bitcoin_calculations") == 0
    record(db, date(2025, 10, 10))
    assert call(db, "call recon.reconcile_date('2025-10-10')")["outcome"] == "incomplete"
    db.execute("delete from curtailment_records")
    reconcile(db)
    record(db, MARCH_1)
    assert "1 of 1" in call(db, "call recon.reconcile_date('2025-10-10')")["message"]
    record(db, date(2025, 11, 11))
    db.execute("delete from curtailment_records where settlement_date = '2025-11-11'")
    db.execute("call recon.reconcile_date('2025-11-11')")
    assert date(2025, 11, 11) not in pending(db), "pending is known too"


def test_today_and_days_without_records_since_the_first_are_known(
    clean: Connection, at: Callable[[str], None]
) -> None:
    at("2025-06-01 12:00+00")
    for stated in ("2025-04-04", "2025-06-01"):
        assert "0 of 0" in call(clean, f"call recon.reconcile_date('{stated}')")["message"]
    at("2024-01-01 12:00+00")
    call(clean, "call recon.daily_check()")
    call(clean, "call recon.reconcile_date('2025-03-02')")


# ----------------------------------------------------------------------------------- the report


def report(url: str, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(recon("report", "--json", *arguments, url=url).stdout)
    return found


def test_an_empty_database_is_reported_as_such(url: str) -> None:
    done = recon("report", url=url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("No records yet")
    assert "recon-kit load FILE" in done.stdout
    assert report(url)["status"]["completion_percent"] is None


def test_its_figures_are_what_the_database_has(clean: Connection, url: str) -> None:
    record(clean, date(2025, 4, 1))
    clean.execute(
        "update historical_bitcoin_calculations set bitcoin_mined = 7"
        " where settlement_date = '2025-03-02' and settlement_period = 2 and miner_model = 'S9'"
    )
    reconcile(clean)
    clean.execute("select from recon.verify()")
    told = report(url)
    assert told["status"]["completion_percent"] == 75
    assert told["status"]["summaries_off"] == 0
    assert told["status"]["verified"] == 3
    stored = {
        row["miner_model"]: row
        for row in clean.execute(
            "select miner_model, sum(bitcoin_mined) as btc, count(*) as calculations"
            " from historical_bitcoin_calculations group by 1"
        )
    }
    assert {
        row["miner_model"]: (Decimal(row["bitcoin_mined"]), row["calculations"], row["days"])
        for row in told["models"]
        if row["miner_model"]
    } == {name: (row["btc"], row["calculations"], 3) for name, row in stored.items()}
    energy = value(
        clean,
        "select sum(abs(volume)) from curtailment_records where settlement_date <= '2025-03-03'",
    )
    assert [
        (row["year_month"], row["miner_model"], row["days"], Decimal(row["curtailed_mwh"]))
        for row in told["months"]
    ] == [
        ("2025-03", "M20S", 3, energy),
        ("2025-03", "S19J_PRO", 3, energy),
        ("2025-03", "S9", 3, energy),
        ("2025-04", None, 1, Decimal(10)),
    ]
    assert len(told["days"]) == 10
    assert [row["settlement_date"] for row in told["problems"]] == ["2025-04-01"]
    assert [(row["year_month"], row["missing"], row["wrong"]) for row in told["repairs"]] == [
        ("2025-03", 108, 3)
    ]
    assert [row["wrong"] for row in told["runs"]] == [0, 3]


def test_it_reports_a_range(clean: Connection, url: str) -> None:
    call(clean, "call recon.reconcile_date('2025-03-01')")
    told = report(url, "--from", "2025-03-02", "--to", "2025-03-02")
    assert told["status"]["days"] == 1
    assert {row["settlement_date"] for row in told["days"]} == {"2025-03-02"}
    assert [row["days"] for row in told["months"]] == [1, 1, 1]
    assert [row["run_id"] for row in told["runs"]] == [1]
    assert told["repairs"][0]["missing"] == 36


def test_its_first_lines_say_whether_all_is_complete_and_what_comes_next(
    clean: Connection, url: str
) -> None:
    def begins() -> list[str]:
        done = recon("report", url=url)
        assert max(map(len, done.stdout.splitlines())) <= 100
        return done.stdout.splitlines()[:4]

    days_told = "3 days from 2025-03-01 to 2025-03-03, 108 calculations: "
    assert begins()[:3] == [
        days_told + "all reconciled, summaries equal.",
        "Verified cell by cell: no day yet.",
        "Next: recon-kit verify",
    ]
    clean.execute("select from recon.verify()")
    today = value(clean, "select (now() at time zone 'UTC')::date")
    assert begins()[1] == (
        f"Verified cell by cell: 3 of 3 reconciled days, the earliest on {today}."
    )
    record(clean, MARCH_2, 9)
    assert begins() == [
        days_told + "66.6 % of the days reconciled.",
        "1 pending, 0 blocked, 0 failed, 0 skipped; 0 summaries out of date.",
        f"Verified cell by cell: 2 of 2 reconciled days, the earliest on {today}.",
        "Next: recon-kit reconcile",
    ]
    clean.execute("delete from recon.network_difficulties where settlement_date = '2025-03-02'")
    reconcile(clean)
    done = recon("report", url=url)
    assert done.returncode == 3
    assert "2025-03-02 blocked: no difficulty\n  next: recon-kit sync" in done.stdout


def test_a_limit_shortens_the_lists_of_the_text_and_says_so(clean: Connection, url: str) -> None:
    difficulty(clean, MARCH_1, Decimal(99))
    reconcile(clean)
    done = recon("report", "--limit", "1", url=url)
    assert "2025-03-03 reconciled" in done.stdout
    assert "2025-03-02" not in done.stdout
    assert "... more days: 2 (--limit, --json)" in done.stdout
    assert "... more runs: 1 (--limit, --json)" in done.stdout
    assert len(report(url, "--limit", "1")["days"]) == 9


def test_two_reports_of_one_database_are_one_text(clean: Connection, url: str) -> None:
    assert recon("report", url=url).stdout == recon("report", url=url).stdout
