"""Each kind of incident is planted in a clean history: it is named, and no advice loses a row."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon_kit.db import Connection
from recon_kit.load import load
from recon_kit.register import load_totals, load_units
from tests.files import csv_file as csv_file
from tests.incidents import AGAIN, FIRST, REGISTER, evidence, found, inspect, issues, sound_days
from tests.incidents import history as history
from tests.incidents import history_url as history_url
from tests.incidents import storm as storm
from tests.inprocess import recon
from tests.world import MARCH_1, pass_time, unchecked, value

DAY = "settlement_date = %(day)s"
BUSIEST = (
    "(select f.farm_id from recon.source_farms f where f.settlement_date = %(day)s"
    " order by f.source_rows desc, f.farm_id limit 1)"
)
DRAW = "mod(abs(hashint8extended(id, 7)), 100)"
"""A number from 0 to 99 for each row, the same in each run."""
COLUMNS = (
    "settlement_date, settlement_period, farm_id, lead_party_name, volume, payment,"
    " original_price, final_price, so_flag, cadl_flag"
)
SUFFIX = "split_part(farm_id, '_', 2)"

INCIDENTS: dict[str, tuple[str, str]] = {
    "half of the rows gone": ("sparse_days", f"delete from {{t}} where {DAY} and {DRAW} < 50"),
    "zeros": (
        "zero_volumes",
        f"update {{t}} set volume = 0, payment = 0 where {DAY} and {DRAW} < 40",
    ),
    "no prices and payments": (
        "zero_volumes",
        f"update {{t}} set payment = 0, original_price = 0, final_price = 0 where {DAY}",
    ),
    "a farm at zero": (
        "zero_volumes",
        f"update {{t}} set volume = 0, payment = 0 where {DAY} and farm_id = {BUSIEST}",
    ),
    "offers among bids": (
        "mixed_signs",
        f"update {{t}} set volume = -volume, payment = -payment where {DAY} and {DRAW} < 30",
    ),
    "integers": ("coarse_volumes", f"update {{t}} set volume = trunc(volume) where {DAY}"),
    "one decimal": ("coarse_volumes", f"update {{t}} set volume = round(volume, 1) where {DAY}"),
    "random volumes": (
        "invented_rows",
        f"update {{t}} set volume = -({DRAW} + {DRAW} * 0.013 + 0.011) where {DAY}",
    ),
    "flags turned over": ("odd_flags", f"update {{t}} set so_flag = not so_flag where {DAY}"),
    "no flags": ("odd_flags", f"update {{t}} set so_flag = null where {DAY}"),
    "one price": (
        "equal_prices",
        "update {t} set original_price = -60, final_price = -60, payment = volume * -60"
        f" where {DAY}",
    ),
    "capped": (
        "plateau",
        f"update {{t}} set volume = least(greatest(volume, -8), 8) where {DAY}",
    ),
    "the other sign from a date on": (
        "sign_convention",
        "update {t} set volume = -volume where settlement_date >= %(day)s - 20",
    ),
    "pence": (
        "wrong_unit",
        "update {t} set payment = payment * 100, original_price = original_price * 100,"
        f" final_price = final_price * 100 where {DAY}",
    ),
    "pence beside prices in pounds": (
        "unequal_payments",
        f"update {{t}} set payment = payment * 100 where {DAY}",
    ),
    "kWh": ("wrong_unit", f"update {{t}} set volume = volume * 100 where {DAY}"),
    "MW": ("beyond_capacity", f"update {{t}} set volume = volume * 3 where {DAY}"),
    "estimated from the half hour before": (
        "proportional_periods",
        f"delete from {{t}} where {DAY} and settlement_period = 21; "
        "insert into {t} (settlement_date, settlement_period, farm_id, lead_party_name, volume,"
        " payment) select settlement_date, 21, farm_id, lead_party_name, volume * 0.97,"
        f" payment * 0.97 from {{t}} where {DAY} and settlement_period = 20",
    ),
    "one half hour gone": (
        "missing_periods",
        f"delete from {{t}} where {DAY} and settlement_period = 21",
    ),
    "a name in lower case": (
        "unknown_farms",
        f"update {{t}} set farm_id = lower(farm_id) where {DAY} and farm_id = {BUSIEST}",
    ),
    "a name with a zero-width blank": (
        "unknown_farms",
        f"update {{t}} set farm_id = farm_id || chr(8203) where {DAY} and farm_id = {BUSIEST}",
    ),
    "names without their prefix": (
        "unknown_farms",
        f"update {{t}} set farm_id = {SUFFIX} where {DAY}",
    ),
    "a name in lower case beside the right one": (
        "unknown_farms",
        f"insert into {{t}} ({COLUMNS}) select {COLUMNS.replace('farm_id', 'lower(farm_id)')}"
        f" from {{t}} where {DAY} and farm_id = {BUSIEST}",
    ),
    "a name in lower case, and the same rows without its prefix": (
        "unknown_farms",
        f"insert into {{t}} ({COLUMNS})"
        f" select {COLUMNS.replace('farm_id', SUFFIX)} from {{t}} where {DAY}"
        f" and farm_id = {BUSIEST}; "
        f"update {{t}} set farm_id = lower(farm_id) where {DAY} and farm_id = {BUSIEST}",
    ),
    "a farm under a new name": (
        "renamed_farms",
        "update {t} set farm_id = 'T_NEWNM-1'"
        f" where settlement_date >= %(day)s and farm_id = {BUSIEST}",
    ),
    "a tenth of the rows again": (
        "repeated_records",
        f"insert into {{t}} ({COLUMNS}) select {COLUMNS} from {{t}} where {DAY} and {DRAW} < 15",
    ),
    "rows on the day after": (
        "shifted_days",
        "delete from {t} where settlement_date = %(day)s + 1; "
        f"update {{t}} set settlement_date = settlement_date + 1 where {DAY}",
    ),
    "half hours numbered by UTC from the next day on": (
        "shifted_periods",
        "update {t} set settlement_period = case when settlement_period > 2"
        " then settlement_period - 2 else settlement_period + 46 end,"
        " settlement_date = case when settlement_period > 2"
        " then settlement_date else settlement_date - 1 end"
        " where settlement_date > %(day)s and settlement_date <= %(day)s + 14",
    ),
    "a small revision": (
        "revised_days",
        "update {t} set volume = volume * 1.01, payment = payment * 1.01"
        f" where {DAY} and {DRAW} < 5",
    ),
}
"""What happens to the records of a busy day, and the kind of issue that names it."""


def plant(db: Connection, day: date, statements: str) -> None:
    for statement in statements.split("; "):
        db.execute(statement.format(t="curtailment_records").encode(), {"day": day})


def follow(db: Connection, advice: str) -> None:
    """Runs the statement that it gives, or fetches the days that it names and replaces them."""
    statement = re.search(r"(update .*) \((\d+) rows, ([\d.]+) MWh\)$", advice)
    if statement is not None:
        sums = "select count(*) as rows, sum(abs(volume)) as mwh from touched"
        touched = db.execute(
            f"with touched as ({statement[1]} returning volume) {sums}".encode()
        ).fetchone()
        assert touched == {"rows": int(statement[2]), "mwh": Decimal(statement[3])}, advice
        return
    assert not re.search(r"\b(delete|drop|insert|remove|set|truncate|update)\b", advice), advice
    for day in re.findall(r"\d{4}-\d\d-\d\d", advice) if "again" in advice else ():
        db.execute("delete from curtailment_records where settlement_date = %s", (day,))
        db.execute(
            "insert into curtailment_records overriding system value"
            " select * from truth where settlement_date = %s",
            (day,),
        )


@pytest.mark.parametrize("incident", INCIDENTS)
def test_each_incident_is_named_and_whoever_follows_the_advice_loses_nothing(
    history: Connection, storm: date, incident: str
) -> None:
    """Each true row that the incident left is there afterwards, and none that is untrue is new."""
    kind, statements = INCIDENTS[incident]
    history.execute("create temp table truth as select * from curtailment_records")
    rows = value(history, "select count(*) from truth")
    plant(history, storm, statements)
    left = value(history, "select count(*) from curtailment_records")
    history.execute(
        "create temp table kept as select * from truth intersect select * from curtailment_records"
    )
    history.execute(
        "create temp table planted as select * from curtailment_records except select * from truth"
    )
    inspect(history)
    told = issues(history)
    assert kind in {row["kind"] for row in told}, told
    loud = [row for row in told if row["severity"] != "note" and row["kind"] != "unknown_farms"]
    assert len(loud) <= (6 if kind == "sign_convention" else 4), loud
    assert left <= rows + 1000
    for advice in sorted((row["next_step"] for row in told), key=lambda step: "update" not in step):
        follow(history, advice)
    lost = "select * from kept except select * from curtailment_records"
    assert history.execute(lost).fetchall() == []
    untrue = (
        f"select {COLUMNS} from curtailment_records except all"
        f" (select {COLUMNS} from truth union all select {COLUMNS} from planted)"
    )
    assert history.execute(untrue.encode()).fetchall() == []


@pytest.mark.parametrize(
    "incident",
    ["a name in lower case", "a name with a zero-width blank", "names without their prefix"],
)
def test_the_statement_that_is_advised_brings_the_true_rows_back(
    history: Connection, storm: date, incident: str
) -> None:
    """It says how many rows and MWh it is about; run as it stands, all is as it was."""
    truth = "select md5(string_agg(r::text, ' ' order by id)) from curtailment_records r"
    before = value(history, truth)
    plant(history, storm, INCIDENTS[incident][1])
    inspect(history)
    advised = [row["next_step"] for row in issues(history) if row["kind"] == "unknown_farms"]
    assert advised
    for advice in advised:
        statement = re.fullmatch(r".* is meant: (update .*) \(\d+ rows, [\d.]+ MWh\)", advice)
        assert statement is not None, advice
        history.execute(statement[1].encode())
    assert value(history, truth) == before
    assert {kind for _, kind in found(history)} <= {"silent_farms", "outlying_farms"}


def test_a_name_that_could_mean_two_units_is_not_guessed(db: Connection) -> None:
    db.execute("insert into recon.bm_units (farm_id) values ('T_A-1'), ('E_A-1'), ('T_B-1')")
    meant = "select concat_ws(' ', meant, is_spelling) from recon.meant_unit(%s)"
    assert value(db, meant, "A-1") == ""
    assert value(db, meant, "t_a-1") == "T_A-1 t"
    assert value(db, meant, " B-1") == "T_B-1 t"
    assert value(db, meant, "T_B\u20111") == "T_B-1 t"
    assert value(db, meant, "X_B-1") == "T_B-1 f", "another prefix may be another farm"
    assert value(db, meant, "T_B1") == ""
    assert value(db, meant, "%") == ""


@pytest.mark.parametrize(
    ("factor", "kind"),
    [("0.97 + 0.06 * (hashint8(id) & 1023) / 1023", "similar_days"), ("1.1", "proportional_days")],
)
def test_a_copy_with_noise_and_a_scaled_one(
    history: Connection, storm: date, factor: str, kind: str
) -> None:
    pass_time(history, "1 day")
    copy = storm - timedelta(days=20)
    history.execute("delete from curtailment_records where settlement_date = %s", (copy,))
    history.execute(
        AGAIN.format(date=f"date '{copy}'", more="").encode(),
        {"day": storm, "first": 1, "last": 48},
    )
    history.execute(
        f"update curtailment_records set volume = volume * ({factor})"
        " where settlement_date = %s".encode(),
        (copy,),
    )
    told = found(history)
    assert (copy, kind) in told
    assert (storm, kind) not in told


def test_a_copy_is_found_where_the_same_farms_are_held_down_every_day(db: Connection) -> None:
    db.execute(
        "insert into curtailment_records (settlement_date, settlement_period, farm_id, volume,"
        " payment) select %(day)s + d, p, 'T_F-' || f, -round(5 + mod(abs(hashint8extended("
        " case when d = 39 then 31 else d end * 10000 + p * 100 + f, 7)), 1000) * 0.02"
        " + case when d = 39 then 0.003 * f else 0 end, 3), 0 from generate_series(0, 39) d,"
        " generate_series(1, 8) p, generate_series(1, 12) f",
        {"day": FIRST},
    )
    told = [day for day, kind in found(db) if kind == "similar_days"]
    assert told == [FIRST + timedelta(days=39)]


def test_what_lasts_is_one_issue_and_an_acknowledgement_of_it_holds(
    history: Connection, storm: date
) -> None:
    flip = "update curtailment_records set so_flag = not so_flag where settlement_date = %s"
    history.execute(flip.encode(), (storm - timedelta(days=2),))
    inspect(history)
    history.execute(
        "select recon.acknowledge_issue(%s, 'odd_flags', 'a new feed')",
        (storm - timedelta(days=2),),
    )
    for step in (1, 0):
        history.execute(flip.encode(), (storm - timedelta(days=step),))
        inspect(history)
        assert issues(history) == [], "it is the same, and lasts"
    [row] = [
        row
        for row in history.execute("select * from recon.source_issues(open_only => false)")
        if row["kind"] == "odd_flags"
    ]
    assert row["settlement_date"] == storm - timedelta(days=2)
    assert row["evidence"].endswith(f"; so on 3 days to {storm}")
    on_a_later_day = "select count(*) from recon.source_issues(%s, %s, false)"
    assert value(history, on_a_later_day, storm, storm) == 1

    history.execute(flip.encode(), (storm - timedelta(days=2),))
    inspect(history)
    assert issues(history) == [], "the first day is mended, and the others are what they were"
    on_a_later_day += " where state = 'acknowledged' and reason = 'a new feed'"
    assert value(history, on_a_later_day, storm, storm) == 1


def test_an_issue_is_the_same_whichever_days_are_judged_together(
    history: Connection, storm: date
) -> None:
    """Day by day, in any order, or all at once."""
    day = timedelta(days=1)
    planted = [storm - 40 * day, storm - 20 * day, storm - 3 * day, storm - day, storm]
    told = (
        "select settlement_date, kind, subject, last_date, faulty_days, severity, evidence"
        " from recon.source_findings where cleared_at is null order by 1, 2, 3"
    )
    for each in (planted[2], planted[0], planted[4], planted[1], planted[3]):
        for farm in ("T_NOWHR-1", "T_NOWHR-2"):
            history.execute(
                "insert into curtailment_records"
                " (settlement_date, settlement_period, farm_id, volume, payment)"
                " values (%s, 7, %s, -80, 70)",
                (each, farm),
            )
        inspect(history)
    by_day = history.execute(told.encode()).fetchall()
    assert [row["faulty_days"] for row in by_day if row["kind"] == "unknown_farms"] == [5, 5]
    inspect(history, force=True)
    assert history.execute(told.encode()).fetchall() == by_day


def test_two_farms_with_the_price_that_another_had_are_one_issue_of_it(
    history: Connection, storm: date
) -> None:
    """Whatever two rules find alike on one day, or one rule twice, stops no inspection."""
    farms = [
        row["farm_id"]
        for row in history.execute(
            "select farm_id from recon.source_farms where settlement_date = %s"
            " and curtailed_mwh > 50 order by farm_id limit 3",
            (storm,),
        )
    ]
    for farm, before, now in zip(farms, (50, 60, 60), (60, 50, 50), strict=True):
        history.execute(
            "update curtailment_records set payment = -volume * case when settlement_date < %s"
            " then %s else %s end where farm_id = %s",
            (storm, before, now, farm),
        )
    inspect(history)
    told = [row for row in issues(history) if row["kind"] == "swapped_farms"]
    assert [row["subject"] for row in told] == farms[:1]


def test_a_copy_that_was_fetched_again_leaves_no_mark_on_the_true_day(
    history: Connection, storm: date
) -> None:
    copy = storm + timedelta(days=1)
    history.execute("create temp table kept as select * from curtailment_records", None)
    rest = "select * from kept where settlement_date = %s"
    pass_time(history, "1 day")
    history.execute("delete from curtailment_records where settlement_date = %s", (copy,))
    history.execute(
        AGAIN.format(date=f"date '{copy}'", more="").encode(),
        {"day": storm, "first": 1, "last": 48},
    )
    assert (copy, "copied_days") in found(history)
    pass_time(history, "1 day")
    history.execute("delete from curtailment_records where settlement_date = %s", (copy,))
    history.execute(
        f"insert into curtailment_records overriding system value {rest}".encode(), (copy,)
    )
    assert {kind for _, kind in found(history)} <= {"revised_days"}


def test_a_change_leaves_findings_that_it_cannot_reach_alone(db: Connection) -> None:
    db.execute("insert into recon.bm_units (farm_id) values ('T_KNOWN-1')")
    old = date(2020, 1, 1)
    sound_days(db, old, MARCH_1)
    inspect(db)
    db.execute("delete from recon.changes")
    marks = "select settlement_date, inspected_at from recon.source_days order by 1"
    before = {row["settlement_date"]: row["inspected_at"] for row in db.execute(marks)}
    db.execute("update curtailment_records set payment = 1 where settlement_date = %s", (MARCH_1,))
    assert inspect(db)["judged_days"] == 1
    after = {row["settlement_date"]: row["inspected_at"] for row in db.execute(marks)}
    assert after[old] == before[old]
    assert after[MARCH_1] != before[MARCH_1]


def test_rows_that_another_day_had_before_are_on_the_wrong_date(
    history: Connection, storm: date
) -> None:
    history.execute(
        "update curtailment_records set settlement_date = settlement_date + 1"
        " where settlement_date in (%(day)s, %(day)s - 1)",
        {"day": storm},
    )
    told = found(history)
    assert (storm, "shifted_days") in told


def test_totals_of_somebody_else_show_what_cannot_be_seen_from_inside(
    history: Connection, storm: date, csv_file: Callable[..., Path]
) -> None:
    totals = history.execute(
        "select settlement_date, curtailed_mwh from recon.source_days where curtailed_mwh > 0"
    ).fetchall()
    lines = [f"{row['settlement_date']},{row['curtailed_mwh']}" for row in totals]
    done = load_totals(history, csv_file("settlement_date,curtailed_mwh", *lines))
    assert (done.added, done.changed, done.totals) == (len(totals), 0, len(totals))
    assert found(history) == {}
    history.execute(
        "update curtailment_records set volume = volume * 0.8, payment = payment * 0.8"
        " where settlement_date = %s",
        (storm,),
    )
    assert (storm, "wrong_totals") in found(history)
    assert "(-20.0 %)" in evidence(history, "wrong_totals")


def test_a_meter_that_drifts_is_seen_beside_totals(history: Connection) -> None:
    history.execute(
        "insert into recon.source_totals (settlement_date, curtailed_mwh)"
        " select settlement_date, curtailed_mwh from recon.source_days where curtailed_mwh > 0"
    )
    history.execute(
        "update curtailment_records"
        " set volume = volume * (1 - 0.004 * (settlement_date - %(from)s)),"
        " payment = payment * (1 - 0.004 * (settlement_date - %(from)s))"
        " where settlement_date > %(from)s",
        {"from": FIRST + timedelta(days=80)},
    )
    assert "drift" in {kind for _, kind in found(history)}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2025-13-01,5", "settlement_date '2025-13-01' is not a date (YYYY-MM-DD)"),
        ("2025-03-01,5", "settlement_date '2025-03-01' is there twice, first in line 2"),
        ("2025-03-02,", "curtailed_mwh NULL is not a number"),
        ("2025-03-02,NaN", "curtailed_mwh 'NaN' is not a number"),
        ("2025-03-02,-5", "curtailed_mwh -5 is not between 0 and 1,000,000 MWh"),
        ("2025-03-02", "has 1 fields, the header has 2"),
    ],
)
def test_a_bad_line_of_totals_is_named_and_nothing_is_written(
    db: Connection, csv_file: Callable[..., Path], url: str, line: str, reason: str
) -> None:
    path = csv_file("settlement_date,curtailed_mwh", "2025-03-01,1000", line)
    assert [(bad.line_no, bad.reason) for bad in load_totals(db, path).bad] == [(3, reason)]
    assert value(db, "select count(*) from recon.source_totals") == 0
    assert recon("load-totals", str(path), url=url).returncode == 1


def test_totals_are_loaded_and_told(
    db: Connection, csv_file: Callable[..., Path], url: str
) -> None:
    path = csv_file("Settlement_Date,curtailed_mwh", "2025-03-01,1000", "2025-03-02,7.5")
    assert recon("load-totals", str(path), url=url).stdout == "2 totals: 2 added, 0 changed\n"
    path = csv_file("settlement_date,curtailed_mwh", "2025-03-02,8")
    assert recon("load-totals", str(path), url=url).stdout == "2 totals: 0 added, 1 changed\n"


NO_UNITS = [
    "null",
    "None",
    "NaN",
    "#N/A",
    "\\N",
    "-",
    "T_A-1\u200b",
    "T_A\u20111",
    "T_A 1",
    "T_Ä-1",
]


@pytest.mark.parametrize("name", NO_UNITS)
def test_a_name_that_no_unit_has_is_refused_by_both_files(
    db: Connection, csv_file: Callable[..., Path], name: str
) -> None:
    header = "settlement_date,settlement_period,farm_id,volume,payment"
    done = load(db, csv_file(header, f"2025-03-01,1,{name},-1,70"))
    units = load_units(db, csv_file(REGISTER, f"{name},A,5"))
    for bad in (done.bad, units.bad):
        assert len(bad) == 1
        assert re.search("stands for nothing|has a character that no BM unit has", bad[0].reason)
    assert value(db, "select count(*) from curtailment_records") == 0


def test_a_file_with_the_names_of_elexon_is_taken(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    header = "settlementDate,settlementPeriod,bmUnit,leadPartyName,volume,payment,soFlag,finalPrice"
    assert load(db, csv_file(header, "2025-03-01,1,T_A-1,A,-1,70,true,-70")).loaded == 1
    row: dict[str, Any] | None = db.execute("select * from curtailment_records").fetchone()
    assert row is not None
    assert (row["farm_id"], row["lead_party_name"], row["so_flag"]) == ("T_A-1", "A", True)


def test_a_refusal_sums_up_what_is_alike(
    db: Connection, csv_file: Callable[..., Path], url: str
) -> None:
    lines = [f"2025-03-01,{60 + n},T_A-1,-1,70" for n in range(30)]
    path = csv_file("settlement_date,settlement_period,farm_id,volume,payment", *lines, "x,1,T,1,1")
    done = recon("load", str(path), url=url)
    told = done.stderr.splitlines()
    assert len(told) == 5
    assert told[3].endswith("and 27 more lines like these")
    assert "settlement_date 'x' is not a date" in told[4]


HOSTILE = ["-9e131071", "-1e-16383", "NaN", "-Infinity", "0", "-10000", "1e-30", "-5", None]


@pytest.mark.parametrize(
    ("volume", "payment"),
    [(HOSTILE[n], HOSTILE[(n + step) % len(HOSTILE)]) for step in (0, 4) for n in range(9)],
)
def test_no_record_stops_an_inspection(
    db: Connection, volume: str | None, payment: str | None
) -> None:
    """Days of all that a column can hold, beside days that the rules compare them with."""
    unchecked(db)
    db.execute("insert into recon.bm_units (farm_id, capacity_mw) values ('T_0-1', 0.001)")
    db.execute(
        "insert into curtailment_records"
        " (settlement_date, settlement_period, farm_id, volume, payment, final_price)"
        " select d, p, format('T_%%s-1', f), case when d < '2025-04-20' then -5 - f else v end,"
        " case when d < '2025-04-20' then 350 + f else g end, g"
        " from generate_series(date '2025-03-01', date '2025-04-22', interval '1 day') d"
        " cross join unnest(array[-2147483648, -2147483647, 1, 2, 3, 50, 2147483646, 2147483647]) p"
        " cross join generate_series(0, 11) f"
        " cross join (select %s::numeric as v, %s::numeric as g) x",
        (volume, payment),
    )
    assert inspect(db)["changed_days"] == 53
    db.execute(
        "update curtailment_records set volume = volume * 1.5 where settlement_date > '2025-04-18'"
        " and abs(volume) < 1e6"
    )
    inspect(db)
    inspect(db, force=True)
