"""Difficulty against the chain: the form of a target, the dates of retargets, what is proposed."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon_kit.db import Connection
from recon_kit.difficulty import sync_file
from recon_kit.errors import UsageError
from recon_kit.retargets import load_retargets
from recon_kit.settings import Settings
from tests.dynamo import cli, file_of, stored
from tests.world import reconcile, record, value

Series = dict[date, Decimal]
DAY = timedelta(1)


@pytest.fixture
def truth(db: Connection) -> Series:
    """The difficulty in force at 00:00 UTC of each date that the table of retargets has."""
    found = db.execute(
        "select settlement_date, difficulty from recon.epochs_of_days(null, '2025-01-12')"
        " where is_at_midnight order by 1"
    )
    return {row["settlement_date"]: row["difficulty"] for row in found}


def put(db: Connection, series: Series) -> None:
    db.execute("truncate recon.network_difficulties")
    with (
        db.cursor() as cursor,
        cursor.copy(
            "copy recon.network_difficulties (settlement_date, difficulty) from stdin"
        ) as copy,
    ):
        for row in series.items():
            copy.write_row(row)


def suspects(db: Connection) -> dict[date, str]:
    found = db.execute("select settlement_date, kind from recon.suspect_difficulties")
    return {row["settlement_date"]: row["kind"] for row in found}


def findings(db: Connection) -> list[tuple[Any, ...]]:
    found = db.execute("select from_date, to_date, kind from recon.difficulty_findings order by 1")
    return [tuple(row.values()) for row in found]


def span(first: date, days: int) -> list[date]:
    return [first + timedelta(n) for n in range(days)]


NOTATIONS: dict[str, Callable[[Decimal], Decimal]] = {
    "six decimals": lambda d: d,
    "rounded": lambda d: d.quantize(Decimal(1)),
    "cut": lambda d: d // 1,
    "one decimal": lambda d: d.quantize(Decimal("0.1")),
    "a double": lambda d: Decimal(repr(float(d))),
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_no_true_date_since_2009_raises_an_alarm(
    db: Connection, truth: Series, notation: str
) -> None:
    written = {day: NOTATIONS[notation](number) for day, number in truth.items()}
    put(db, {day: number for day, number in written.items() if number > 0})
    assert suspects(db) == {}


def test_no_true_date_raises_an_alarm_where_the_table_has_nothing(
    db: Connection, truth: Series
) -> None:
    since = {day: number for day, number in truth.items() if day >= date(2016, 1, 1)}
    put(db, since)
    for condition in ("height > 700000", "height between 450000 and 800000", "true"):
        db.execute(f"delete from recon.retargets where {condition}".encode())
        assert suspects(db) == {}, condition


FALSE = [37935772752142, 25 * 10**12, 55633605879865, 56 * 10**12, 71 * 10**12, 81720000000000]


@pytest.mark.parametrize("number", FALSE)
def test_what_the_original_fell_back_on_is_of_false_form(
    db: Connection, tmp_path: Path, number: int
) -> None:
    day = date(2026, 6, 1)
    sync_file(db, file_of(tmp_path, {str(day): str(number)}), Settings())
    assert suspects(db) == {day: "false_form"}
    db.execute("truncate recon.network_difficulties")
    db.execute("update recon.settings set difficulty_policy = 'strict'")
    done = sync_file(db, file_of(tmp_path, {str(day): str(number)}), Settings())
    assert done.refused == 1
    assert done.findings[0].explanation.startswith(
        "no target of 24 bits gives this; the nearest that does is "
    )
    assert stored(db) == {}
    db.execute("select from recon.accept_difficulty(%s)", (day,))
    assert stored(db) == {day: number}
    assert value(db, "select count(*) from recon.withheld_difficulties") == 0


def test_a_true_value_that_is_altered_is_not_silently_taken(db: Connection, truth: Series) -> None:
    numbers = sorted({n // 1 for day, n in truth.items() if day >= date(2014, 1, 1)})
    dice = random.Random(19)
    altered = {}
    for n in range(3000):
        number = dice.choice(numbers)
        factor = dice.choice(
            [1 + dice.choice([-1, 1]) * 10 ** dice.uniform(-6, -0.5), 4 ** dice.uniform(-1, 1)]
        )
        changed = (number * Decimal(factor)) // 1
        if abs(changed - number) > 1:
            altered[date(2027, 1, 1) + timedelta(n)] = changed
    put(db, altered)
    found = suspects(db)
    missed = [(day, number) for day, number in altered.items() if day not in found]
    assert len(missed) <= 1, missed


def test_short_notations_of_one_target_are_one_epoch(db: Connection, tmp_path: Path) -> None:
    db.execute("update recon.settings set difficulty_policy = 'strict'")
    written = [
        "83947913181361",
        "83947913181362",
        "83947913181361.6",
        "83947913181361.5",
        "83947913181361.54",
    ]
    series = {str(day): written[n % 5] for n, day in enumerate(span(date(2024, 3, 15), 13))}
    series["2024-03-20"] = "83947913181362"
    done = sync_file(db, file_of(tmp_path, series), Settings())
    assert (done.refused, done.suspects) == (0, [])
    assert set(stored(db).values()) == {Decimal("83947913181361.54")}


START = date(2023, 5, 5)
"""The first date whose 00:00 has the epoch of height 788256."""


def stale(days: int) -> Callable[[Series], None]:
    def corrupt(series: Series) -> None:
        series.update(dict.fromkeys(span(START, days), series[START - DAY]))

    return corrupt


def early(series: Series) -> None:
    series.update(dict.fromkeys(span(START - 2 * DAY, 2), series[START]))


def shifted(series: Series) -> None:
    before = dict(series)
    series.update({d: before[d - DAY] for d in before if d > date(2021, 3, 1)})


def year_before(series: Series) -> None:
    series.update({d: series[d - timedelta(365)] for d in span(START, 60)})


def swapped(series: Series) -> None:
    text = str(series[START] // 1)
    wrong = Decimal(text[:3] + text[4] + text[3] + text[5:])
    series.update(dict.fromkeys(span(START, 14), wrong))


def missing(series: Series) -> None:
    series.update(dict.fromkeys(span(START, 14), series[START - DAY]))


def default(series: Series) -> None:
    series[START + 3 * DAY] = Decimal(37935772752142)


def mean(series: Series) -> None:
    series[START] = (series[START] + series[START - DAY]) // 2


CORRUPTIONS: dict[str, Callable[[Series], None]] = {
    "stale for a day": stale(1),
    "stale for 3 days": stale(3),
    "stale for 7 days": stale(7),
    "early by two days": early,
    "a missing epoch": missing,
    "all of it a day late": shifted,
    "the values of a year before": year_before,
    "digits swapped": swapped,
    "a default on one day": default,
    "a mean of neighbours": mean,
}


@pytest.mark.parametrize("kind", CORRUPTIONS)
@pytest.mark.parametrize("known", ["the whole table", "to 2022"])
def test_corruptions_are_found_each_as_one(
    db: Connection, truth: Series, kind: str, known: str
) -> None:
    if known != "the whole table":
        db.execute("delete from recon.retargets where height > 715000")
    right = {day: number // 1 for day, number in truth.items() if day >= date(2021, 1, 1)}
    series = dict(right)
    CORRUPTIONS[kind](series)
    put(db, series)
    wrong = {day for day in right if series[day] != right[day]}
    found = set(suspects(db))
    assert found
    if known == "the whole table":
        # On the day of a retarget both values were in force.
        assert found <= wrong
        assert len(wrong) - len(found) <= 1
    elif kind == "a missing epoch":
        assert wrong <= found
    elif kind != "all of it a day late":
        assert found <= wrong
        assert len(wrong) - len(found) <= 1
    if kind != "all of it a day late" or known == "the whole table":
        assert len(findings(db)) == 1


def test_the_platforms_year_is_wrong_on_81_dates(db: Connection, shared_data: Path) -> None:
    sync_file(db, shared_data / "difficulty_2024.json", Settings())
    assert set(suspects(db).values()) == {"wrong_epoch"}
    assert len(suspects(db)) == 81
    assert len(findings(db)) == 3


def test_speed(db: Connection, truth: Series) -> None:
    put(db, truth)
    db.execute("analyze recon.network_difficulties")
    assert _best(db) < 0.6
    several = {d: n + 7 * k for k, (d, n) in enumerate(truth.items())}
    put(db, several)
    assert _best(db) < 3


def _best(db: Connection) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        db.execute("select count(*) from recon.suspect_difficulties")
        times.append(time.perf_counter() - start)
    return min(times)


# What is proposed


def test_a_missing_and_a_wrong_date_are_proposed_and_stored_by_a_person(
    db: Connection, url: str, truth: Series
) -> None:
    gone, wrong = date(2024, 7, 10), date(2024, 7, 11)
    put(db, {wrong: Decimal(83675262295059)})
    record(db, gone)
    record(db, wrong)
    reconcile(db)
    said = cli(url, "analyze").stdout
    assert f"-> recon-kit difficulty propose --from {gone} --to {gone}" in said
    assert "recon-kit sync" not in said
    done = cli(url, "difficulty", "list")
    assert done.returncode == 3
    assert "79495195323031.4851, from height 850752, 2024-07-05 03:21 UTC, source chain" in (
        done.stdout
    )
    listed = json.loads(cli(url, "difficulty", "list", "--json").stdout)
    assert [line["kind"] for line in listed] == ["wrong_epoch", "missing"]
    assert all(line["proposals"] for line in listed)
    assert stored(db) == {wrong: 83675262295059}
    done = cli(url, "difficulty", "propose", "--accept", "--reason", "seen")
    assert done.returncode == 0, done.stderr
    assert stored(db) == {gone: truth[gone], wrong: truth[wrong]}
    row = db.execute("select source, item_id from recon.network_difficulties").fetchone()
    assert row == {"source": "retarget:chain", "item_id": "height 850752"}
    assert value(db, "select count(*) from recon.difficulty_decisions where reason = 'seen'") == 2
    assert reconcile(db)["outcome"] == "complete"
    assert cli(url, "difficulty", "list").returncode == 0
    done = cli(url, "difficulty", "propose", "--accept")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no difficulty to propose" in done.stderr


def test_what_a_person_rejected_is_not_proposed(db: Connection, truth: Series) -> None:
    day = date(2024, 7, 10)
    put(db, {day: truth[day] // 1})
    record(db, day)
    db.execute("select from recon.reject_difficulty(%s, 'no')", (day,))
    assert value(db, "select count(*) from recon.proposed_difficulties") == 0


# Retargets from a file

NEXT = "880992,2025-01-27T03:19:00Z,17029a8a,108105433845147.162699"
LATER = "883008,2025-02-09T09:40:00Z,17027726,114167270716407.6"
BAD_FILES = {
    "a gap": ([NEXT, LATER.replace("883008", "885024")], 3, "there is a gap"),
    "twice": ([NEXT, NEXT], 3, "stands in the file twice"),
    "another order": ([LATER, NEXT], 3, "they have to ascend"),
    "no height": ([NEXT.replace("880992", "880993")], 2, "is no multiple of 2016"),
    "no time": ([NEXT.replace("2025-01-27", "2025-02-30")], 2, "is not a time"),
    "the future": ([NEXT.replace("2025-01-27", "2099-01-27")], 2, "is not a time"),
    "no target": ([NEXT.replace("17029a8a", "")[:-9] + ".5"], 2, "no target of 24 bits gives"),
    "another target": ([NEXT.replace("17029a8a", "17029a8b")], 2, "nbits 17029a8b is the"),
    "no nbits": ([NEXT.replace("17029a8a", "zz")], 2, "is not a target"),
    "nothing": (["880992,2025-01-27T03:19:00Z,,"], 2, "neither nbits nor difficulty"),
    "beyond x4": (["880992,2025-01-15T20:00:00Z,17008a61,"], 2, "is beyond x4"),
    "too late": ([NEXT.replace("01-27", "01-29")], 2, "days by the hours"),
    "before": ([NEXT.replace("01-27", "01-02")], 2, "began before"),
    "another past": (["878976,2025-01-12T21:01:51Z,17028c61,"], 2, "is known as 17028c61"),
    "fields": (["880992,2025-01-27T03:19:00Z"], 2, "has 2 fields"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_of_retargets_is_refused_whole_with_its_line(
    db: Connection, tmp_path: Path, kind: str
) -> None:
    lines, line_no, reason = BAD_FILES[kind]
    path = file_of(tmp_path, "\n".join(["height,began_at,nbits,difficulty", *lines]), "r.csv")
    done = load_retargets(db, path)
    assert done.added == 0
    assert line_no in [bad.line_no for bad in done.bad]
    assert any(reason in bad.reason for bad in done.bad), done.bad
    assert value(db, "select max(height) from recon.retargets") == 878976


def test_retargets_extend_what_is_known_and_date_what_a_sync_learned(
    db: Connection, url: str, tmp_path: Path
) -> None:
    days = {str(d): "108105433845147.2" for d in span(date(2025, 1, 28), 13)}
    sync_file(db, file_of(tmp_path, days), Settings())
    learned = "select height, source from recon.retargets where nbits = '17029a8a'"
    assert db.execute(learned.encode()).fetchall() == [{"height": None, "source": "sync"}]
    path = file_of(tmp_path, "\n".join(["height,began_at,nbits,difficulty", NEXT, LATER]), "r.csv")
    done = cli(url, "load-retargets", path)
    assert (done.returncode, done.stdout) == (0, f"2 retargets in {path}: 2 added\n")
    assert db.execute(learned.encode()).fetchall() == [{"height": 880992, "source": "file:r.csv"}]
    assert load_retargets(db, path).added == 0
    assert suspects(db) == {}


def test_retargets_of_mempool_space_are_read_newest_first(db: Connection, tmp_path: Path) -> None:
    rows = [
        [1739094000, 883008, 114167270716407.6, 1.0561],
        [1737947940, 880992, 108105433845147.2, 0.9788],
    ]
    done = load_retargets(db, file_of(tmp_path, rows, "adjustments.json"))
    assert (done.added, done.bad) == (2, [])


@pytest.mark.parametrize("content", ["", "height\n1", "{}", "[]", '{"a": 1}'])
@pytest.mark.parametrize("name", ["r.csv", "r.json"])
def test_a_file_that_is_no_list_of_retargets_is_refused(
    db: Connection, tmp_path: Path, content: str, name: str
) -> None:
    with pytest.raises(UsageError):
        load_retargets(db, file_of(tmp_path, content, name))


def test_retargets_that_prove_a_date_right_or_wrong_release_or_withhold_it(
    db: Connection, tmp_path: Path
) -> None:
    db.execute("update recon.settings set difficulty_policy = 'strict'")
    put(db, {date(2025, 1, 30): Decimal(110451907374649)})
    assert value(db, "select count(*) from recon.withheld_difficulties") == 0
    path = file_of(tmp_path, "\n".join(["height,began_at,nbits,difficulty", NEXT, LATER]), "r.csv")
    load_retargets(db, path)
    assert value(db, "select kind from recon.withheld_difficulties") == "wrong_epoch"
    assert value(db, "select count(*) from recon.pending_days") >= 0


# Shapes

MARCH = {date(2024, 3, 15) + timedelta(n): Decimal("83947913181361.54") for n in range(3)}


def unix(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86400


SHAPES: dict[str, Any] = {
    "blockchain.com api": {
        "status": "ok",
        "name": "Difficulty",
        "values": [{"x": unix(d), "y": float(n)} for d, n in MARCH.items()],
    },
    "blockchain.com page": {
        "metric1": "difficulty",
        "difficulty": [{"x": unix(d) * 1000, "y": float(n)} for d, n in MARCH.items()],
    },
    "blockchain.com csv": "".join(f"{d} 00:00:00,{n}\n" for d, n in MARCH.items()),
    "coinmetrics": "time,DiffMean,PriceUSD\n2009-01-03,,\n"
    + "".join(f"{d},{n},1\n" for d, n in MARCH.items()),
    "coinmetrics api": "asset,time,DiffLast\n"
    + "".join(f"btc,{d}T00:00:00.000000000Z,{n}\n" for d, n in MARCH.items()),
    "aws": {
        "Items": [
            {"ID": {"S": str(d)}, "Date": {"S": str(d)}, "Difficulty": {"N": str(n)}}
            for d, n in MARCH.items()
        ],
        "Count": 3,
        "ScannedCount": 3,
        "ConsumedCapacity": None,
    },
    "timestamps": {f"{d}T00:00:00Z": str(n) for d, n in MARCH.items()},
    "offsets": {f"{d}T01:00:00+01:00": str(n) for d, n in MARCH.items()},
    "scientific": {str(d): f"{n:E}" for d, n in MARCH.items()},
    "items": [{"date": str(d), "difficulty": float(n)} for d, n in MARCH.items()],
    "mempool adjustments": [
        [1711624600, 836640, 83126997340024.61, 0.99],
        [1710404190, 834624, 83947913181361.54, 1.0579],
    ],
    "mempool hashrate": {
        "hashrates": [{"timestamp": 1710374400, "avgHashrate": 6.1e20}],
        "difficulty": [
            {"time": 1710404190, "difficulty": 83947913181361.54, "height": 834624},
            {"time": 1711624600, "difficulty": 83126997340024.61, "height": 836640},
        ],
        "currentHashrate": 6.1e20,
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_shapes_that_people_have_are_read(db: Connection, tmp_path: Path, shape: str) -> None:
    done = sync_file(db, file_of(tmp_path, SHAPES[shape]), Settings())
    assert (done.refused, done.suspects) == (0, [])
    read = stored(db)
    assert all(abs(read[day] - number) < Decimal("0.02") for day, number in MARCH.items())
    assert date(2024, 3, 14) not in stored(db)


OTHER_SHAPES: dict[str, Any] = {
    "a chart of another thing": {"name": "Hash Rate", "values": [{"x": 1710374400, "y": 6.1e20}]},
    "an answer": {"status": "error", "message": "too many requests"},
    "items of other names": [{"when": "2024-03-15", "d": "5"}],
    "no header": "a,b,c\n1,2,3\n",
    "csv of another thing": "time,PriceUSD\n2024-03-15,70000\n",
    "a part of a scan": {"Items": [], "NextToken": "abc"},
}


@pytest.mark.parametrize("shape", OTHER_SHAPES)
def test_another_shape_is_refused_in_a_sentence_and_nobody_is_told(
    db: Connection, url: str, tmp_path: Path, shape: str
) -> None:
    done = cli(url, "sync", "--from-file", file_of(tmp_path, OTHER_SHAPES[shape]))
    assert (done.returncode, done.stdout) == (2, "")
    assert value(db, "select count(*) from recon.difficulty_refusals") == 0
    assert value(db, "select count(*) from recon.events") == 0
    assert value(db, "select count(*) from recon.syncs") == 0
    if shape != "a part of a scan":
        assert "mempool.space" in done.stderr
