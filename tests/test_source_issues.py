"""Is the source itself right: each real incident is found and named, and little else is."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from recon_kit.db import Connection
from recon_kit.demo import FARMS
from recon_kit.errors import UsageError
from recon_kit.load import load
from recon_kit.register import load_units
from tests.files import csv_file as csv_file
from tests.incidents import (
    AGAIN,
    FIRST,
    REGISTER,
    clean_history,
    evidence,
    found,
    inspect,
    issues,
    sound_days,
)
from tests.incidents import history as history
from tests.incidents import history_url as history_url
from tests.incidents import storm as storm
from tests.inprocess import recon
from tests.world import (
    MARCH_1,
    MARCH_2,
    days,
    difficulty,
    only_long,
    pass_time,
    pending,
    reconcile,
    record,
    value,
    wait_for_lock,
)

FALSE_ALARMS = 1
"""The most issues, notes included, on a clean year of 700,000 rows: what the README states."""


# ------------------------------------------------------------------------------------ incidents


def test_nothing_is_wrong_with_110_clean_days_and_their_calms(history: Connection) -> None:
    assert issues(history) == []
    assert value(history, "select count(*) from recon.source_days") == 110
    calm = "select 110 * 48 - 2 - count(*) from recon.source_periods"
    assert value(history, calm) > 200, "half hours in which no farm is held down"


@pytest.mark.parametrize(
    ("lost", "periods"),
    [
        ("settlement_period > 44", "45 to 48"),
        ("settlement_period < 7", "1 to 6"),
        ("settlement_period in (20, 21)", "20 to 21"),
        ("settlement_period between 9 and 12 or settlement_period > 46", "9 to 12, 47 to 48"),
        ("true", "1 to 48"),
    ],
    ids=["stops early", "starts late", "hole", "two holes", "missing day"],
)
def test_periods_without_a_row_between_busy_ones_are_missing(
    history: Connection, storm: date, lost: str, periods: str
) -> None:
    history.execute(
        f"delete from curtailment_records where settlement_date = %s and ({lost})".encode(),
        (storm,),
    )
    assert found(history)[storm, "missing_periods"] == periods
    assert f"no row in periods {periods} of 48;" in evidence(history, "missing_periods")


def test_the_last_day_is_no_hole_before_there_is_a_later_one(
    history: Connection, storm: date
) -> None:
    history.execute("delete from curtailment_records where settlement_date > %s", (storm,))
    history.execute(
        "delete from curtailment_records where settlement_date = %s and settlement_period > 44",
        (storm,),
    )
    assert (storm, "missing_periods") not in found(history)


def test_the_same_periods_lost_for_months_are_silent(history: Connection) -> None:
    """As a platform loses them that only refreshes the current day."""
    since = FIRST + timedelta(days=45)
    history.execute(
        "delete from curtailment_records where settlement_date >= %s and settlement_period > 44",
        (since,),
    )
    told = {
        day: periods for (day, kind), periods in found(history).items() if kind == "silent_periods"
    }
    assert told.pop(date(2024, 3, 31)) == "45 to 46", "the day has 46"
    assert list(told.values()) == ["45 to 48"], "all the others are one issue"
    assert min(told) >= since
    lasting = "select sum(faulty_days) from recon.source_findings where kind = 'silent_periods'"
    assert value(history, lasting) > 30


def test_a_quiet_day_that_loses_its_few_rows_is_a_calm(history: Connection) -> None:
    quiet = value(
        history,
        "select d.settlement_date from recon.source_days d where d.source_rows between 1 and 40"
        " and d.settlement_date > %s order by d.source_rows limit 1",
        FIRST + timedelta(days=30),
    )
    history.execute("delete from curtailment_records where settlement_date = %s", (quiet,))
    assert {kind for _, kind in found(history)} <= {"shrunken_days"}


@pytest.mark.parametrize(
    ("day", "period", "last"),
    [(date(2024, 2, 1), 49, 48), (date(2024, 3, 31), 47, 46), (date(2024, 10, 27), 50, None)],
)
def test_periods_are_those_of_the_calendar(
    history: Connection, day: date, period: int, last: int | None
) -> None:
    record(history, day, period, FARMS[0])
    told = found(history)
    assert ((day, "impossible_periods") in told) == (last is not None)
    if last:
        assert told[day, "impossible_periods"] == str(period)
        told_as = evidence(history, "impossible_periods")
        assert told_as.startswith("1 row, ")
        assert told_as.endswith(f" in period {period}; the day has 1 to {last}")


@pytest.mark.parametrize(
    "flipped",
    ["volume = -volume, payment = -payment", "payment = -payment", "volume = -volume"],
)
def test_a_block_of_periods_with_the_other_sign_is_named_by_its_periods(
    history: Connection, storm: date, flipped: str
) -> None:
    history.execute(
        f"update curtailment_records set {flipped}"
        " where settlement_date = %s and settlement_period <= 5".encode(),
        (storm,),
    )
    assert found(history) == {(storm, "other_signs"): "1 to 5"}
    assert "% of the day" in evidence(history, "other_signs")
    assert issues(history)[0]["severity"] == "critical"


def test_a_critical_issue_is_an_event_once(history: Connection, storm: date) -> None:
    told = "select message from recon.events where kind = 'source_issue' order by event_id"
    flip = "update curtailment_records set volume = -volume where settlement_date = %s"
    history.execute(f"{flip} and settlement_period <= 5".encode(), (storm,))
    history.execute("select from recon.inspect_source()")
    (message,) = [row["message"] for row in history.execute(told.encode())]
    assert message.startswith(f"other_signs in the source of {storm}: ")
    history.execute("select recon.acknowledge_issue(%s, 'other_signs', 'known')", (storm,))
    history.execute(
        "update curtailment_records set payment = payment where settlement_date = %s", (storm,)
    )
    history.execute("select from recon.inspect_source()")
    assert len(history.execute(told.encode()).fetchall()) == 1


def test_a_few_rows_of_the_other_sign_are_normal(history: Connection) -> None:
    opposite = "select count(*) from curtailment_records where volume > 0"
    assert value(history, opposite) > 100
    assert issues(history) == []


def test_where_the_other_sign_is_usual_it_is_right(history: Connection, storm: date) -> None:
    history.execute("update recon.settings set source_window_days = 7")
    history.execute(
        "update curtailment_records set volume = -volume, payment = -payment"
        " where settlement_date between %s and %s",
        (storm - timedelta(days=8), storm + timedelta(days=8)),
    )
    assert storm not in {day for day, kind in found(history) if kind == "other_signs"}
    history.execute(
        "update curtailment_records set volume = -volume"
        " where settlement_date = %s and settlement_period between 10 and 12",
        (storm,),
    )
    assert found(history)[storm, "other_signs"] == "10 to 12"


def test_payments_that_are_not_volume_x_price(history: Connection, storm: date) -> None:
    history.execute(
        "update curtailment_records set payment = payment * 1.5"
        " where settlement_date = %s and settlement_period between 30 and 33",
        (storm,),
    )
    assert found(history) == {(storm, "unequal_payments"): "30 to 33"}


@pytest.mark.parametrize(("first", "last"), [(1, 48), (7, 9)])
def test_rows_ingested_nine_times(history: Connection, storm: date, first: int, last: int) -> None:
    history.execute(
        AGAIN.format(date="settlement_date", more=" cross join generate_series(1, 8)").encode(),
        {"day": storm, "first": first, "last": last},
    )
    assert found(history)[storm, "repeated_records"] == f"{first} to {last}"
    told = evidence(history, "repeated_records")
    times = re.search(rf"in periods {first} to {last}; .* each is there ([\d.]+) times", told)
    assert times is not None
    assert 9 <= float(times[1]) < 11
    assert {kind for _, kind in found(history)} <= {"repeated_records", "outlying_days"}


@pytest.mark.parametrize(
    ("day", "half_hours"),
    [(date(2024, 10, 27), 4), (date(2024, 3, 31), 0), (date(2024, 6, 1), 2)],
)
def test_half_hours_are_counted_by_the_calendar(day: date, half_hours: int, db: Connection) -> None:
    record(db, day, 46, FARMS[0])
    record(db, day + timedelta(days=1), 1, FARMS[0])
    inspect(db)
    counted = "select half_hours from recon.periods_beside(%s, 47, 50)"
    assert value(db, counted, day) == half_hours


def test_of_several_copies_each_is_told_once(history: Connection, storm: date) -> None:
    pass_time(history, "1 day")
    copies = [storm - timedelta(days=n) for n in (10, 20, 30)]
    for copy in copies:
        history.execute("delete from curtailment_records where settlement_date = %s", (copy,))
        history.execute(
            AGAIN.format(date=f"date '{copy}'", more="").encode(),
            {"day": storm, "first": 1, "last": 48},
        )
    inspect(history)
    told = [row for row in issues(history) if row["kind"] == "copied_days"]
    assert sorted(row["settlement_date"] for row in told) == sorted(copies)
    assert all(f"are those of {storm}, period" in row["evidence"] for row in told)


@pytest.mark.parametrize("step", [-40, 1])
def test_a_day_that_is_a_copy_of_another(history: Connection, storm: date, step: int) -> None:
    """The copy is the one that came later, on whichever side of the other it lies."""
    copy = storm + timedelta(days=step)
    pass_time(history, "1 day")
    history.execute("delete from curtailment_records where settlement_date = %s", (copy,))
    history.execute(
        AGAIN.format(date=f"date '{copy}'", more="").encode(),
        {"day": storm, "first": 1, "last": 48},
    )
    told = found(history)
    assert told[copy, "copied_days"] == "all"
    assert (storm, "copied_days") not in told
    assert f"are those of {storm}, period by period" in evidence(history, "copied_days")


def test_periods_that_are_copies(history: Connection, storm: date) -> None:
    copy = storm - timedelta(days=20)
    pass_time(history, "1 day")
    history.execute(
        "delete from curtailment_records where settlement_date = %s"
        " and settlement_period between 3 and 6",
        (copy,),
    )
    history.execute(
        AGAIN.format(date=f"date '{copy}'", more="").encode(),
        {"day": storm, "first": 3, "last": 6},
    )
    told = found(history)
    assert told[copy, "copied_periods"] == "3 to 6"
    assert f"are those of periods 3 to 6 of {storm}" in evidence(history, "copied_periods")
    assert "copied_days" not in {kind for _, kind in told}


def test_a_plug_row_that_makes_the_total_come_out_round(history: Connection, storm: date) -> None:
    history.execute("insert into recon.bm_units (farm_id, capacity_mw) values ('T_PLUG-1', 2000)")
    history.execute(
        "insert into curtailment_records"
        " (settlement_date, settlement_period, farm_id, volume, payment, final_price)"
        " select settlement_date, 24, 'T_PLUG-1', v, -70 * v, -70 from ("
        "  select settlement_date, -(ceil(sum(abs(volume)) / 500) * 500 - sum(abs(volume))) as v"
        "  from curtailment_records where settlement_date = %s group by 1) x",
        (storm,),
    )
    assert found(history) == {(storm, "plug_rows"): "all"}
    assert "farms with one row: T_PLUG-1 (" in evidence(history, "plug_rows")


def test_an_invented_farm(history: Connection, storm: date) -> None:
    for period in (5, 6, 7, 11):
        record(history, storm, period, "T_NOWHR-1", -80)
    told = found(history)
    assert told[storm, "unknown_farms"] == "5 to 7, 11"
    assert evidence(history, "unknown_farms").startswith("T_NOWHR-1 is not in the register")


def test_more_energy_than_a_farm_can_have(history: Connection, storm: date) -> None:
    farm = history.execute("select farm_id, capacity_mw from recon.bm_units limit 1").fetchone()
    assert farm is not None
    volume = -farm["capacity_mw"]
    history.execute(
        "insert into curtailment_records"
        " (settlement_date, settlement_period, farm_id, volume, payment, final_price)"
        " values (%s, 17, %s, %s, %s, -70)",
        (storm, farm["farm_id"], volume, -70 * volume),
    )
    assert found(history)[storm, "beyond_capacity"] == "17"


def test_energy_beyond_all_that_there_can_be_needs_no_register(db: Connection) -> None:
    record(db, MARCH_1, 5, "T_X-1", volume=-20000)
    inspect(db)
    assert "T_X-1 has 20000 MWh in a half hour" in evidence(db, "beyond_capacity")


def test_a_day_that_lost_rows_in_a_reload(history: Connection, storm: date) -> None:
    history.execute(
        "delete from curtailment_records where settlement_date = %s and id %% 3 > 0", (storm,)
    )
    assert found(history)[storm, "shrunken_days"] == "all"
    assert evidence(history, "shrunken_days").endswith(": 66 % are gone")


def test_repeated_rows_that_were_removed_are_no_shrunken_day(
    history: Connection, storm: date
) -> None:
    last_id = value(history, "select max(id) from curtailment_records")
    history.execute(
        AGAIN.format(date="settlement_date", more="").encode(),
        {"day": storm, "first": 1, "last": 48},
    )
    assert (storm, "repeated_records") in found(history)
    history.execute("delete from curtailment_records where id > %s", (last_id,))
    assert found(history) == {}


def test_a_price_far_from_that_of_the_days_before(history: Connection, storm: date) -> None:
    history.execute(
        "update curtailment_records set final_price = 9 * final_price, payment = 9 * payment"
        " where settlement_date = %s",
        (storm,),
    )
    told = found(history)
    assert told[storm, "outlying_days"] == "all"
    assert "GBP per MWh; the median of the days before is" in evidence(history, "outlying_days")
    assert set(told) == {(storm, "outlying_days")}, "it is the day, and not each of its farms"


def test_a_farm_that_bids_another_price_is_told_once(history: Connection, storm: date) -> None:
    farm = value(
        history,
        "select farm_id from recon.source_farms where settlement_date between %s and %s"
        " group by 1 having count(*) = 11 order by min(source_rows) desc limit 1",
        storm - timedelta(days=5),
        storm + timedelta(days=5),
    )
    history.execute(
        "update curtailment_records set final_price = 5 * final_price, payment = 5 * payment"
        " where settlement_date >= %s and farm_id = %s",
        (storm, farm),
    )
    assert [key for key in found(history) if key[1] == "outlying_farms"] == [
        (storm, "outlying_farms")
    ]


def test_a_farm_that_falls_silent(history: Connection) -> None:
    since = FIRST + timedelta(days=70)
    farm = value(
        history,
        "select farm_id from recon.source_farms where settlement_date < %s"
        " group by 1 order by count(*) desc limit 1",
        since,
    )
    history.execute(
        "delete from curtailment_records where farm_id = %s and settlement_date >= %s",
        (farm, since),
    )
    told = [row for row in (inspect(history), issues(history))[1] if row["kind"] == "silent_farms"]
    assert [row["subject"] for row in told] == [farm]
    assert "has had no row on 14 busy days" in told[0]["evidence"]


def test_btc_per_mwh_is_constant_per_day_and_model(db: Connection) -> None:
    sound_days(db, MARCH_1)
    reconcile(db)
    assert found(db) == {}
    with db.transaction():
        db.execute("set local recon.own_write = 'on'")
        db.execute(
            "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined * 0.9"
            " where miner_model = 'S9' and settlement_date = %s and settlement_period = 2",
            (MARCH_1,),
        )
    inspect(db, force=True)
    [issue] = issues(db)
    assert (issue["kind"], issue["subject"], issue["periods"]) == ("uneven_btc", "S9", "2")
    assert "0.280102 of S19J_PRO, where 0.311224 is due" in issue["evidence"]


@pytest.mark.parametrize("changed", ["2025-03-01", "-infinity"])
def test_btc_of_a_day_that_is_to_be_calculated_anew_is_not_judged(
    db: Connection, changed: str
) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    with db.transaction():
        db.execute("set local recon.own_write = 'on'")
        db.execute("update historical_bitcoin_calculations set bitcoin_mined = 9")
    judge = "select distinct settlement_date from recon.uneven_btc(%s)"
    inspect(db)
    both = [MARCH_1, MARCH_2]
    assert {row["settlement_date"] for row in db.execute(judge, (both,))} == {*both}
    db.execute(
        "insert into recon.changes (settlement_date, reason) values (%s, 'source')", (changed,)
    )
    told = {row["settlement_date"] for row in db.execute(judge, (both,))}
    assert told == ({MARCH_2} if changed == "2025-03-01" else set())


# -------------------------------------------------------------------------------- false alarms


@only_long
@pytest.mark.torture
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [2, 3])
def test_a_clean_year_raises_few_false_alarms(db: Connection, seed: int) -> None:
    clean_history(db, seed=seed, days=366, farms=100)
    assert value(db, "select count(*) from curtailment_records") > 500_000
    inspect(db)
    assert len(issues(db)) <= FALSE_ALARMS, issues(db)


def test_a_real_day_raises_none(db: Connection, shared_data: Path) -> None:
    load_units(db, shared_data / "wind_bm_units.csv")
    load(db, shared_data / "curtailment_2022-01-01.csv")
    assert inspect(db)["changed_days"] == 1
    assert issues(db) == []


# ------------------------------------------------------------------------------- what was found


def stranger(db: Connection, day: date = MARCH_1, period: int = 1) -> None:
    """A record of a farm that is not in the register."""
    db.execute("insert into recon.bm_units (farm_id) values ('T_KNOWN-1') on conflict do nothing")
    record(db, day, period, "T_X-1")
    db.execute("update curtailment_records set payment = volume * original_price")


def test_an_acknowledged_issue_opens_again_when_its_evidence_changes(db: Connection) -> None:
    stranger(db)
    inspect(db)
    db.execute("select recon.acknowledge_issue(%s, 'unknown_farms', ' being built ')", (MARCH_1,))
    assert issues(db) == []
    kept = db.execute("select * from recon.source_issues(open_only => false)").fetchall()
    assert [(row["state"], row["reason"]) for row in kept] == [("acknowledged", "being built")]

    record(db, MARCH_1, 1, "T_KNOWN-1")
    assert inspect(db)["judged_days"] == 1
    assert issues(db) == [], "the evidence is as it was"

    stranger(db, period=2)
    assert inspect(db)["opened"] == 1
    assert [row["periods"] for row in issues(db)] == ["1 to 2"]


def test_an_acknowledged_issue_opens_again_in_other_periods(db: Connection) -> None:
    stranger(db)
    inspect(db)
    db.execute("select recon.acknowledge_issue(%s, 'unknown_farms', 'it is new')", (MARCH_1,))
    db.execute("update curtailment_records set settlement_period = 9")
    inspect(db)
    (issue,) = issues(db)
    assert issue["periods"] == "9"


def test_what_is_mended_is_cleared_and_what_comes_back_is_open(db: Connection) -> None:
    stranger(db)
    inspect(db)
    db.execute("select recon.acknowledge_issue(%s, 'unknown_farms', 'why not')", (MARCH_1,))
    db.execute("delete from curtailment_records")
    assert inspect(db)["cleared"] == 1
    kept = db.execute("select * from recon.source_issues(open_only => false)").fetchall()
    assert [(row["state"], row["reason"]) for row in kept] == [("cleared", None)]
    stranger(db)
    assert inspect(db)["opened"] == 1


def test_acknowledging_names_what_there_is(db: Connection) -> None:
    stranger(db)
    inspect(db)
    acknowledge = "select recon.acknowledge_issue(%s, %s, %s)"
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="needs a reason"):
        db.execute(acknowledge, (MARCH_1, "unknown_farms", " "))
    with pytest.raises(psycopg.errors.InvalidParameterValue) as told:
        db.execute(acknowledge, (MARCH_1, "plug_rows", "why"))
    assert told.value.diag.message_primary == "there is no issue 'plug_rows' on 2025-03-01"
    assert told.value.diag.message_hint == "There are: unknown_farms T_X-1"


def test_only_changed_days_and_their_neighbours_are_inspected(db: Connection) -> None:
    march = [MARCH_1 + timedelta(days=n) for n in range(6)]
    sound_days(db, *march)
    reconcile(db)
    assert inspect(db)["changed_days"] == 6
    marks = "select settlement_date, xmin::text from recon.source_days order by 1"
    before = {row["settlement_date"]: row["xmin"] for row in db.execute(marks)}
    assert inspect(db) == {
        "changed_days": 0,
        "judged_days": 0,
        "opened": 0,
        "cleared": 0,
        "undated_records": 0,
        "open_issues": 0,
    }

    difficulty(db, march[1])
    reconcile(db)
    assert inspect(db)["changed_days"] == 0, "reconciled, and its source is what it was"

    record(db, march[3], 9)
    assert pending(db) == [march[3]]
    done = inspect(db)
    assert (done["changed_days"], done["judged_days"]) == (1, 3)
    after = {row["settlement_date"]: row["xmin"] for row in db.execute(marks)}
    untouched = {march[0], march[5]}
    assert {day for day in march if before[day] == after[day]} >= untouched


@pytest.mark.parametrize(
    "change",
    [
        "update curtailment_records set payment = 1",
        "update curtailment_records set volume = -volume",
        "update curtailment_records set final_price = -70",
        "update curtailment_records set so_flag = true",
        "insert into curtailment_records (settlement_date, settlement_period, farm_id, volume,"
        " payment, original_price) select settlement_date, settlement_period, farm_id, volume,"
        " payment, original_price from curtailment_records",
    ],
)
def test_a_change_that_leaves_the_energy_as_it_is_is_seen_after_a_run_too(
    db: Connection, change: str
) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    inspect(db)
    db.execute(f"{change} where settlement_date = '{MARCH_1}'".encode())
    reconcile(db)
    assert inspect(db)["changed_days"] == 1


def test_inspections_take_turns(db: Connection, another: Callable[[], Connection]) -> None:
    """So that the second sees what the first has stored."""
    stranger(db)
    second = another()
    with db.transaction():
        assert inspect(db)["opened"] == 1
        waiting = threading.Thread(target=lambda: results.append(inspect(second)))
        results: list[dict[str, Any]] = []
        waiting.start()
        wait_for_lock(db, second.info.backend_pid)
    waiting.join()
    assert (results[0]["judged_days"], results[0]["open_issues"]) == (0, 1)


def test_an_empty_database_has_no_issue_and_nothing_to_expect(db: Connection, url: str) -> None:
    assert set(inspect(db).values()) == {0}
    assert issues(db) == []
    for verb in ("inspect", "source-issues", "forecast"):
        done = recon(verb, url=url)
        assert (done.returncode, done.stderr) == (0, ""), verb
        json.loads(recon(verb, "--json", url=url).stdout)
    assert recon("source-issues", url=url).stdout == "no data\n"


def test_what_was_never_inspected_is_no_problem_and_what_changed_since_is_a_note(
    db: Connection, url: str
) -> None:
    sound_days(db, MARCH_1, MARCH_2)
    reconcile(db)
    assert db.execute("select * from recon.analyze()").fetchall() == []
    inspect(db)
    assert db.execute("select * from recon.analyze()").fetchall() == []
    record(db, MARCH_2, 9)
    reconcile(db)
    [note] = db.execute("select * from recon.analyze()").fetchall()
    assert (note["severity"], note["next_step"]) == ("note", "recon-kit inspect")


# --------------------------------------------------------------------------------- command line


def test_inspect_source_issues_and_acknowledge_speak_to_people(db: Connection, url: str) -> None:
    stranger(db)
    done = recon("inspect", url=url)
    assert done.returncode == 3
    assert done.stdout == "days: 1 new or changed, 1 judged; issues: 1 opened, 0 cleared, 1 open\n"
    done = recon("source-issues", url=url)
    assert done.returncode == 3
    assert done.stdout.splitlines()[0] == (
        "critical  2025-03-01 unknown_farms  T_X-1 is not in the register of BM units: 1 rows, "
        "10 MWh, 700 GBP"
    )
    assert "unknown_farms" in recon("analyze", url=url).stdout
    told = (
        "Issues of the source itself that nobody has acknowledged: 1\n"
        "2025-03-01 critical: unknown farms: T_X-1 is not in the register of BM units: "
    )
    assert told in recon("report", url=url).stdout
    done = recon("acknowledge", "2025-03-01", "unknown_farms", "being built", url=url)
    assert (done.returncode, done.stderr) == (0, "1 issue acknowledged\n")
    assert "of the source" not in recon("report", url=url).stdout
    assert recon("source-issues", url=url).returncode == 0
    assert "(acknowledged: being built)" in recon("source-issues", "--all", url=url).stdout
    [row] = json.loads(recon("source-issues", "--all", "--json", url=url).stdout)
    assert (row["kind"], row["state"], row["periods"]) == ("unknown_farms", "acknowledged", "1")
    done = recon("acknowledge", "2025-03-01", "plug_rows", "why", url=url)
    assert done.returncode == 2
    assert "There are: unknown_farms T_X-1" in done.stderr


def test_forecast_shows_bands_backlog_and_days_unlikely_to_be_complete(
    db: Connection, url: str
) -> None:
    march = [MARCH_1 + timedelta(days=n) for n in range(40)]
    days(db, *march)
    reconcile(db)
    db.execute("select set_config('recon.now', '2025-04-09 12:00+01', false)")
    record(db, march[20], 9)
    inspect(db)
    trends = db.execute("select * from recon.source_trends(days => 2)").fetchall()
    assert [(row["settlement_date"].day, row["measure"]) for row in trends] == [
        (day, measure) for day in (8, 9, 10) for measure in ("rows", "MWh", "repairs")
    ]
    assert (trends[0]["low"], trends[0]["expected"], trends[0]["high"]) == (12, 12, 12)
    assert [row["found"] for row in trends[6:]] == [None] * 3
    told = db.execute("select settlement_date, reason from recon.incomplete_days()").fetchall()
    assert [(row["settlement_date"].day, row["reason"]) for row in told] == [
        (8, "rows keep coming for 2 days"),
        (9, "it is not over: 24 of 48 half hours are"),
    ]
    run = db.execute("select * from recon.next_run()").fetchone()
    assert run is not None
    assert (run["pending_days"], run["pending_cells"]) == (1, 39)
    assert recon("forecast", "--days", "1", url=url).returncode == 0


def units(db: Connection) -> dict[str, Any]:
    found = db.execute("select farm_id, capacity_mw from recon.bm_units")
    return {row["farm_id"]: row["capacity_mw"] for row in found}


def test_a_register_is_loaded_and_what_vanished_is_kept_unless_replaced(
    db: Connection, csv_file: Callable[..., Path], url: str
) -> None:
    path = csv_file(REGISTER, "T_A-1,A,100", "T_B-1,,", "T_C-1,C,0.000")
    assert recon("load-units", str(path), url=url).stdout.startswith("3 BM units: 3 added, 0 ch")
    assert units(db) == {"T_A-1": 100, "T_B-1": None, "T_C-1": None}
    path = csv_file("capacity_mw,farm_id,lead_party_name", "120,T_A-1,A")
    done = recon("load-units", str(path), url=url)
    assert done.stdout.startswith("3 BM units: 0 added, 1 changed, 0 removed, 2 kept")
    done = recon("load-units", str(path), "--replace", "--json", url=url)
    assert json.loads(done.stdout)["removed"] == 2
    assert units(db) == {"T_A-1": 120}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",A,100", "farm_id is empty"),
        ("T_A-1,A,50", "farm_id 'T_A-1' is there twice, first in line 2"),
        ("T_B-1,A,many", "capacity_mw 'many' is not a number"),
        ("T_B-1,A,NaN", "capacity_mw 'NaN' is not a number"),
        ("T_B-1,A,-5", "capacity_mw -5 is not between 0 and 10,000 MW"),
        ("T_B-1,A,10001", "capacity_mw 10001 is not between 0 and 10,000 MW"),
        ("T_B-1,A", "has 2 fields, the header has 3"),
    ],
)
def test_a_bad_line_of_a_register_is_named_and_nothing_is_written(
    db: Connection, csv_file: Callable[..., Path], line: str, reason: str
) -> None:
    done = load_units(db, csv_file(REGISTER, "T_A-1,A,100", "T_D-1,D,5", line))
    assert [(bad.line_no, bad.reason) for bad in done.bad] == [(4, reason)]
    assert units(db) == {}
    assert value(db, "select count(*) from recon.staged_units") == 0


def test_a_file_that_is_no_register_is_refused(
    db: Connection, csv_file: Callable[..., Path], url: str
) -> None:
    done = recon("load-units", str(csv_file("farm_id,capacity_mw", "T_A-1,1")), url=url)
    assert done.returncode == 2
    assert "has no column lead_party_name" in done.stderr
    with pytest.raises(UsageError, match="has no unit"):
        load_units(db, csv_file(REGISTER), replace=True)
    done = recon("load-units", str(csv_file(REGISTER, "T_A-1,,x")), url=url)
    assert (done.returncode, done.stdout[:15]) == (1, "nothing loaded:")


def test_another_register_judges_every_day_again(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    stranger(db)
    inspect(db)
    assert len(issues(db)) == 1
    load_units(db, csv_file(REGISTER, "T_X-1,X,"))
    assert inspect(db)["cleared"] == 1
