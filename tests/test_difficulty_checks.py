"""Difficulty: judged by the protocol, decided about by people, read while DynamoDB fails."""

from __future__ import annotations

import json
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

from recon_kit import aws, dynamodb
from recon_kit.cli import main
from recon_kit.db import Connection
from recon_kit.difficulty import Sync, sync_dynamodb, sync_file
from recon_kit.errors import ReconError
from recon_kit.local import local_dynamodb
from recon_kit.settings import Settings
from tests.dynamo import REGION, Table, file_of, stored, versions
from tests.world import kinds, pending, reconcile, record, value, wait_for_lock

Open = Callable[[], Connection]
Command = Callable[..., "Done"]

FIRST = date(2025, 6, 1)
"""Beyond the retargets that are deployed: what is stored has to date itself."""


def true(n: int) -> Decimal:
    """The n-th of a row of difficulties that the protocol can write, each a little above the one
    before it; cut to an integer, as people store them."""
    return Decimal(65535 * 256**6 // (184_000 - n))


GOOD, NEXT, LATER, LAST = (true(n) for n in range(4))
BAD = Decimal(65535 * 256**5 // 700_000)


def day(n: int) -> date:
    """The n-th day of these worlds, from 0."""
    return FIRST + timedelta(n)


def series(*stretches: tuple[int, Decimal | int | None], first: date = FIRST) -> dict[str, str]:
    """Dates and values as a file has them: so many days of a value, None where it is missing."""
    values: dict[str, str] = {}
    n = 0
    for length, number in stretches:
        for _ in range(length):
            if number is not None:
                values[str(first + timedelta(n))] = str(number)
            n += 1
    return values


def insert(db: Connection, values: dict[str, str]) -> None:
    """By hand, in one statement."""
    db.execute(
        "insert into recon.network_difficulties (settlement_date, difficulty)"
        " select key::date, value::numeric from jsonb_each_text(%s::jsonb)",
        (json.dumps(values),),
    )


def sync(db: Connection, tmp_path: Path, values: dict[str, str]) -> Sync:
    return sync_file(db, file_of(tmp_path, values), Settings())


def findings(db: Connection) -> list[tuple[Any, ...]]:
    found = db.execute(
        "select kind, from_date, to_date from recon.difficulty_findings"
        " where undecided > 0 order by from_date"
    )
    return [tuple(row.values()) for row in found]


def refused(done: Sync, finding: str = "refused") -> dict[str | None, str]:
    return {f.date_text: f.explanation for f in done.findings if f.finding == finding}


def forget_changes(db: Connection) -> None:
    db.execute("delete from recon.changes")


def policy(db: Connection, name: str) -> None:
    db.execute("update recon.settings set difficulty_policy = %s", (name,))


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: Any
    stdout: str
    stderr: str


@pytest.fixture
def command(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """`recon-kit ...`, in this process."""
    monkeypatch.setenv("DATABASE_URL", url)

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["recon-kit", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Done(ended.value.code, told.out, told.err)

    return run


def at(table: Table) -> tuple[str, ...]:
    """The flags that lead to a table."""
    return "--table", table.name, "--endpoint", table.endpoint


@pytest.fixture
def strict(db: Connection) -> Connection:
    policy(db, "strict")
    return db


# The real series


def test_the_real_month_is_plausible(db: Connection, shared_data: Path) -> None:
    done = sync_file(db, shared_data / "difficulty_2022-01.json", Settings())
    assert (done.refused, done.suspects) == (0, [])


def test_the_real_year_is_frozen_for_82_days_and_late_by_ten(
    db: Connection, command: Command, shared_data: Path
) -> None:
    """Of the 82 days the first 14 are right; the retarget of 24 April came on 5 May."""
    done = command("sync", "--from-file", shared_data / "difficulty_2024.json")
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if line.startswith("suspect: ")] == [
        "suspect: 2024-04-25 to 2024-05-04 = 86388558925171: 86388558925171 ended on 2024-04-24; "
        "2024-04-25 has 88104191118793.151678 from height 840672",
        "suspect: 2024-06-07 to 2024-09-11: 3 values on 70 dates; 84381461788831 ended on "
        "2024-06-06; 2024-06-07 has 83716654861184.515848 from height 846720",
        "suspect: 2024-11-19 to 2024-11-19 = 101646843652785: 101646843652785 ended on 2024-11-18; "
        "2024-11-19 has 102289407543323.800905 from height 870912",
    ]
    assert "366 dates new or changed, 0 refused" in done.stdout


def test_of_the_flat_year_one_value_is_a_difficulty(db: Connection, shared_data: Path) -> None:
    done = sync_file(db, shared_data / "difficulty_2023_flat.json", Settings())
    assert (done.changed, done.refused) == (365, 0)
    assert findings(db) == [
        ("false_form", date(2023, 1, 1), date(2023, 1, 2)),
        ("wrong_epoch", date(2023, 1, 16), date(2023, 1, 16)),
        ("false_form", date(2023, 1, 17), date(2023, 12, 31)),
    ]


def test_the_interpolated_year_has_no_difficulty_and_its_dip_is_refused(
    db: Connection, shared_data: Path
) -> None:
    path = shared_data / "difficulty_2023_interpolated.json"
    for changed in (364, 0):
        done = sync_file(db, path, Settings())
        assert (done.changed, refused(done)) == (changed, {"2023-02-12": "a step beyond x4"})
        assert findings(db) == [("false_form", date(2023, 1, 1), date(2023, 12, 31))]
    assert date(2023, 2, 12) not in stored(db)
    assert value(db, "select count(*) from recon.difficulty_refusals") == 1


# Steps

STEPS: dict[str, tuple[list[tuple[int, Decimal | int | None]], set[int]]] = {
    "x4": ([(14, GOOD), (14, GOOD * 4), (14, GOOD)], set()),
    "more than x4": ([(14, GOOD), (10, GOOD * 4 + 1)], set(range(14, 24))),
    "more than /4": ([(10, GOOD * 4 + 1), (14, GOOD)], set(range(10))),
    "a dip of a day": ([(14, GOOD), (1, BAD), (14, GOOD)], {14}),
    "a stretch amid others": ([(30, GOOD), (20, BAD), (10, GOOD)], set(range(30, 50))),
    "two dips": ([(5, GOOD), (1, BAD), (5, GOOD), (2, BAD), (5, GOOD)], {5, 11, 12}),
    "a tie": ([(1, GOOD), (1, BAD)], {1}),
    "far apart": ([(14, GOOD), (300, None), (14, GOOD * 60)], set()),
    "a missing day is no excuse": ([(14, GOOD), (1, None), (2, BAD)], {15, 16}),
}


@pytest.mark.parametrize("kind", STEPS)
def test_of_a_step_the_side_that_departs_from_what_surrounds_it_is_refused(
    db: Connection, tmp_path: Path, kind: str
) -> None:
    stretches, departing = STEPS[kind]
    values = series(*stretches)
    done = sync(db, tmp_path, values)
    assert refused(done) == {str(day(n)): "a step beyond x4" for n in departing}
    assert set(stored(db)) == set(map(date.fromisoformat, values)) - {day(n) for n in departing}


def test_a_date_whose_new_value_is_a_step_keeps_the_value_it_had(
    db: Connection, tmp_path: Path
) -> None:
    sync(db, tmp_path, series((14, GOOD)))
    before = versions(db)
    done = sync(db, tmp_path, series((3, BAD), first=day(5)))
    assert (done.changed, done.refused) == (0, 3)
    assert versions(db) == before


@pytest.mark.parametrize("place", [-1, 1])
def test_one_bad_item_beside_one_stored_value_is_refused(
    db: Connection, tmp_path: Path, place: int
) -> None:
    insert(db, series((1, GOOD)))
    assert sync(db, tmp_path, series((1, BAD), first=day(place))).refused == 1
    assert stored(db) == {FIRST: GOOD}
    assert findings(db) == []


def test_a_bad_stored_value_does_not_keep_the_good_ones_out_and_is_suspect(
    db: Connection, tmp_path: Path
) -> None:
    insert(db, series((1, BAD), first=day(7)))
    done = sync(db, tmp_path, series((7, GOOD), (1, None), (6, GOOD)))
    assert (done.changed, done.refused) == (13, 0)
    assert findings(db) == [("step", day(7), day(7))]
    assert sync(db, tmp_path, series((14, GOOD))).changed == 1
    assert findings(db) == []


def test_what_a_step_rules_out_does_not_make_its_neighbours_short(db: Connection) -> None:
    insert(db, series((14, GOOD), (3, NEXT), (1, BAD), (9, NEXT), (14, GOOD)))
    assert findings(db) == [("step", day(17), day(17))]


# Epochs

EPOCHS: dict[str, tuple[list[tuple[int, Decimal | int | None]], list[tuple[str, int, int]]]] = {
    "5 days": ([(14, 7), (5, 8), (14, 9)], []),
    "4 days": ([(14, 7), (4, 8), (14, 9)], [("short_epoch", 14, 17)]),
    "20 days": ([(14, 7), (20, 8), (14, 9)], []),
    "21 days": ([(14, 7), (21, 8), (14, 9)], [("long_epoch", 14, 34)]),
    "a single day": ([(14, 7), (1, 8), (14, 9)], [("interpolated", 14, 14)]),
    "days in a row": (
        [(14, 7), (1, 8), (1, 9), (1, 10), (14, 11)],
        [("interpolated", 14, 16)],
    ),
    "all of them": ([(1, 7), (1, 8), (1, 9), (1, 10)], [("interpolated", 0, 3)]),
    "first and last may be longer": ([(1, 7), (14, 8), (1, 9)], []),
    "what touches a missing day may be longer": (
        [(14, 7), (3, 8), (1, None), (1, 9), (1, None), (2, 10), (14, 11)],
        [],
    ),
    "one value on both sides of a missing day": (
        [(14, 7), (10, 8), (3, None), (10, 8), (14, 9)],
        [("long_epoch", 14, 36)],
    ),
}


@pytest.mark.parametrize("kind", EPOCHS)
def test_an_epoch_of_impossible_length_is_suspect(db: Connection, kind: str) -> None:
    stretches, expected = EPOCHS[kind]
    values = series(*stretches)
    found = db.execute(
        "select kind, from_date, to_date from recon.implausible_epochs(%s::date[], %s::numeric[])"
        " order by from_date",
        (list(values), list(values.values())),
    )
    assert [tuple(row.values()) for row in found] == [
        (kind, day(first), day(last)) for kind, first, last in expected
    ]


def test_two_notations_of_a_value_are_one_epoch(db: Connection) -> None:
    fine, coarse = Decimal(10 * 65535 * 256**6 // 183_999) / 10, NEXT
    insert(db, series((12, GOOD), (1, fine), (3, coarse), (1, fine), (8, coarse), (14, LATER)))
    assert findings(db) == []


def test_epochs_of_the_first_years_were_of_any_length(db: Connection) -> None:
    db.execute("delete from recon.retargets")
    insert(db, series((300, 1), (3, 2), (1, 3), (1, 4), (200, 5), first=date(2010, 1, 1)))
    assert findings(db) == []


def test_the_limits_are_settings(db: Connection, tmp_path: Path) -> None:
    db.execute(
        "update recon.settings set difficulty_max_step = 1.5, difficulty_min_epoch_days = 2,"
        " difficulty_max_epoch_days = 90"
    )
    done = sync(db, tmp_path, series((30, GOOD), (3, NEXT), (30, GOOD * 2)))
    assert set(refused(done).values()) == {"a step beyond x1.5"}
    assert len(refused(done)) == 30
    assert findings(db) == []


def test_a_sync_names_only_what_is_suspect_among_its_dates(db: Connection, tmp_path: Path) -> None:
    insert(db, series((14, true(0)), (40, true(1)), (14, true(2))))
    done = sync(db, tmp_path, series((14, true(3)), (1, true(9)), (14, true(4)), first=day(68)))
    assert [(s["kind"], s["from_date"]) for s in done.suspects] == [("wrong_epoch", day(82))]


# What is done with what is suspect

FROZEN = series((14, GOOD), (30, NEXT), (5, LATER))
SUSPECT = [day(n) for n in range(14, 44)]


def test_under_warn_it_is_used_and_under_strict_its_days_are_blocked(db: Connection) -> None:
    insert(db, FROZEN)
    for n in (13, 14, 43, 44):
        record(db, day(n))
    assert reconcile(db)["outcome"] == "complete"
    before = db.execute("select * from historical_bitcoin_calculations order by 1, 4").fetchall()
    assert pending(db) == []

    policy(db, "strict")
    assert pending(db) == SUSPECT
    assert reconcile(db)["outcome"] == "incomplete"
    blocked = db.execute(
        "select settlement_date, reason from recon.days where outcome = 'blocked' order by 1"
    )
    why = "difficulty suspect: too many days without a retarget"
    assert [tuple(row.values()) for row in blocked] == [(day(14), why), (day(43), why)]
    assert kinds(db) == {"blocked": 6}
    rows = db.execute("select * from historical_bitcoin_calculations order by 1, 4").fetchall()
    assert rows == before

    policy(db, "warn")
    assert pending(db) == SUSPECT
    assert reconcile(db)["outcome"] == "complete"
    assert kinds(db) == {}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (series((14, GOOD), (1, NEXT), (14, GOOD)), "changes on consecutive days"),
        (
            series((13, GOOD), (3, NEXT), (9, GOOD)),
            "too few days from one retarget to the next",
        ),
        (series((14, GOOD), (1, BAD), (14, GOOD)), "a step beyond the limit"),
    ],
)
def test_a_blocked_day_says_what_is_suspect(
    strict: Connection, values: dict[str, str], reason: str
) -> None:
    insert(strict, values)
    record(strict, day(14))
    assert reconcile(strict)["outcome"] == "incomplete"
    found = value(strict, "select reason from recon.days where outcome = 'blocked'")
    assert found == f"difficulty suspect: {reason}"


def test_a_value_that_makes_other_dates_suspect_makes_them_pending(strict: Connection) -> None:
    insert(strict, series((14, GOOD), (20, NEXT)))
    forget_changes(strict)
    insert(strict, series((1, NEXT), first=day(34)))
    assert pending(strict) == [day(n) for n in range(14, 35)]
    forget_changes(strict)
    strict.execute("delete from recon.network_difficulties where settlement_date = %s", (day(34),))
    assert pending(strict) == [day(n) for n in range(14, 35)]


def test_another_limit_makes_exactly_the_affected_days_pending(strict: Connection) -> None:
    insert(strict, FROZEN)
    forget_changes(strict)
    strict.execute("update recon.settings set difficulty_max_epoch_days = 30")
    assert pending(strict) == SUSPECT
    forget_changes(strict)
    strict.execute("update recon.settings set max_attempts = 7")
    assert pending(strict) == []


def test_a_truncate_withholds_nothing_any_more(strict: Connection) -> None:
    insert(strict, FROZEN)
    strict.execute("truncate recon.network_difficulties")
    assert value(strict, "select count(*) from recon.withheld_difficulties") == 0


def test_race_of_two_values_that_are_suspect_only_together(
    strict: Connection, another: Open
) -> None:
    insert(strict, series((13, GOOD), (1, None), (19, NEXT)))
    forget_changes(strict)
    first, second = another(), another()
    first.execute("begin")
    insert(first, series((1, NEXT), first=day(13)))
    writer = threading.Thread(target=lambda: insert(second, series((1, NEXT), first=day(33))))
    writer.start()
    wait_for_lock(strict, second.info.backend_pid)
    first.execute("commit")
    writer.join()
    held = strict.execute("select settlement_date from recon.withheld_difficulties").fetchall()
    together = [day(n) for n in range(13, 34)]
    assert sorted(row["settlement_date"] for row in held) == together
    assert pending(strict) == together


def test_race_of_a_value_and_the_policy_that_blocks_it(db: Connection, another: Open) -> None:
    insert(db, series((14, GOOD), (1, NEXT)))
    writer, person = another(), another()
    writer.execute("begin")
    insert(writer, series((14, GOOD), first=day(15)))
    switch = threading.Thread(target=lambda: policy(person, "strict"))
    switch.start()
    wait_for_lock(db, person.info.backend_pid)
    forget_changes(db)
    writer.execute("commit")
    switch.join()
    assert day(14) in pending(db)


# What people decide


def test_who_accepts_a_suspect_value_ends_the_block_of_that_day(
    strict: Connection, command: Command
) -> None:
    insert(strict, FROZEN)
    for n in (20, 21):
        record(strict, day(n))
    reconcile(strict)
    done = command("difficulty", "accept", day(20), "--reason", "seen on the chain")
    assert done.returncode == 0
    assert pending(strict) == [day(20)]
    reconcile(strict)
    outcomes = strict.execute("select outcome from recon.days order by settlement_date")
    assert [row["outcome"] for row in outcomes] == ["reconciled", "blocked"]
    decided = strict.execute("select * from recon.difficulty_decisions").fetchone()
    assert decided is not None
    assert decided["decided_at"] is not None
    del decided["decided_at"]
    assert decided == {
        "settlement_date": day(20),
        "difficulty": NEXT,
        "verdict": "accepted",
        "reason": "seen on the chain",
        "decided_by": strict.info.user,
    }
    listed = json.loads(command("difficulty", "list", "--json").stdout)
    assert [line["undecided"] for line in listed] == [29]


def test_a_whole_epoch_is_accepted_at_once(strict: Connection, command: Command) -> None:
    insert(strict, FROZEN)
    forget_changes(strict)
    done = command("difficulty", "accept", SUSPECT[0], "--to", SUSPECT[-1], "--json")
    assert len(json.loads(done.stdout)) == 30
    assert pending(strict) == SUSPECT
    assert findings(strict) == []
    listed = command("difficulty", "list")
    assert listed.returncode == 0


def test_an_acceptance_is_of_the_value_in_any_notation_and_of_no_other(
    strict: Connection,
) -> None:
    insert(strict, series((14, GOOD), (1, NEXT), (5, GOOD)))
    strict.execute("select recon.accept_difficulty(%s)", (day(14),))
    assert findings(strict) == []
    strict.execute(
        "update recon.network_difficulties set difficulty = difficulty + 0.1"
        " where settlement_date = %s",
        (day(14),),
    )
    assert findings(strict) == []
    strict.execute(
        "update recon.network_difficulties set difficulty = difficulty + 7"
        " where settlement_date = %s",
        (day(14),),
    )
    assert findings(strict) == [("false_form", day(14), day(14))]


def test_a_refused_value_that_is_accepted_is_used_at_once_and_by_the_next_sync(
    db: Connection, command: Command, tmp_path: Path
) -> None:
    values = series((14, GOOD), (1, BAD), (14, NEXT))
    done = sync(db, tmp_path, values)
    assert done.refused == 1
    accepted = command("difficulty", "accept", day(14))
    assert (accepted.returncode, accepted.stderr) == (0, "")
    row = db.execute(
        "select * from recon.network_difficulties where settlement_date = %s", (day(14),)
    ).fetchone()
    assert row is not None
    assert (row["difficulty"], row["source"], row["item_id"], row["sync_id"]) == (
        BAD,
        done.source,
        str(day(14)),
        done.sync_id,
    )
    again = sync(db, tmp_path, values)
    assert (again.changed, again.findings, again.suspects) == (0, [], [])
    db.execute("delete from recon.network_difficulties where settlement_date = %s", (day(14),))
    assert sync(db, tmp_path, values).changed == 1


def test_of_items_that_disagree_a_person_can_choose_one(
    db: Connection, command: Command, tmp_path: Path
) -> None:
    items = [{"ID": n, "Date": str(FIRST), "Difficulty": n} for n in (5, 6)]
    path = file_of(tmp_path, items)
    sync_file(db, path, Settings())
    done = command("difficulty", "accept", FIRST)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {FIRST} has several difficulties to choose from: 5, 6" in done.stderr
    assert "--value" in done.stderr
    assert command("difficulty", "accept", FIRST, "--value", "6").returncode == 0
    assert stored(db) == {FIRST: 6}
    again = sync_file(db, path, Settings())
    assert (again.changed, again.refused) == (0, 1)
    assert stored(db) == {FIRST: 6}


def test_a_rejected_value_is_removed_blocks_its_day_and_is_refused_when_it_comes_again(
    db: Connection, command: Command, tmp_path: Path
) -> None:
    values = series((14, GOOD), (14, Decimal("200000000000000.5")))
    sync(db, tmp_path, values)
    record(db, day(20))
    assert reconcile(db)["outcome"] == "complete"
    assert command("difficulty", "reject", day(20), "not the chain's").returncode == 0
    assert pending(db) == [day(20)]
    assert reconcile(db)["outcome"] == "incomplete"
    who = db.info.user
    reason = value(db, "select reason from recon.days where outcome = 'blocked'")
    assert reason == f"difficulty refused: rejected by {who}: not the chain's"
    for text in ("200000000000000.5", "200000000000001"):
        done = sync(db, tmp_path, values | {str(day(20)): text})
        assert refused(done, "settled") == {str(day(20)): f"rejected by {who}: not the chain's"}
        assert (done.refused, refused(done)) == (0, {})
        assert day(20) not in stored(db)
    assert sync(db, tmp_path, {str(day(20)): str(GOOD)}).changed == 1
    assert reconcile(db)["outcome"] == "complete"


def test_a_rejection_can_be_taken_back(db: Connection, tmp_path: Path) -> None:
    values = series((14, GOOD))
    sync(db, tmp_path, values)
    db.execute("select recon.reject_difficulty(%s, 'a mistake', %s)", (day(3), day(4)))
    assert len(stored(db)) == 12
    assert set(refused(sync(db, tmp_path, values), "settled")) == {str(day(3)), str(day(4))}
    db.execute("select recon.accept_difficulty(%s)", (day(3),))
    assert value(db, "select count(*) from recon.difficulty_decisions") == 2
    assert set(stored(db)) == {day(n) for n in range(14)} - {day(4)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["accept", FIRST], f"there is no suspect or refused difficulty to accept on {FIRST}"),
        (["accept", FIRST, "--value", "abc"], "'abc' is not a number"),
        (["accept", FIRST, "--to", day(-1)], f"from_date {FIRST} is after to_date {day(-1)}"),
        (["reject", day(1), "why"], f"there is no difficulty to reject on {day(1)}"),
        (["reject", FIRST, " "], "rejecting a difficulty needs a reason"),
        (["accept", "yesterday"], "'yesterday' is not a date"),
    ],
)
def test_a_decision_about_nothing_is_refused(
    db: Connection, command: Command, arguments: list[object], message: str
) -> None:
    insert(db, series((1, GOOD)))
    done = command("difficulty", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert value(db, "select count(*) from recon.difficulty_decisions") == 0
    assert stored(db) == {FIRST: GOOD}


def test_findings_are_listed_for_a_range(db: Connection, command: Command) -> None:
    insert(db, FROZEN)
    done = command("difficulty", "list")
    assert done.returncode == 3
    assert done.stdout == (
        f"{SUSPECT[0]} to {SUSPECT[-1]} = {NEXT}: 30 days without a retarget; 30 undecided\n"
    )
    assert command("difficulty", "list", "--to", day(13)).returncode == 0
    assert command("difficulty", "list", "--from", day(43)).returncode == 3
    empty = command("difficulty", "list", "--from", day(44))
    assert (empty.returncode, empty.stdout) == (0, "every difficulty is plausible\n")
    record(db, date(2026, 3, 1))
    record(db, date(2026, 3, 2))
    lacking = command("difficulty", "list", "--from", "2026-01-01")
    assert (lacking.returncode, lacking.stdout) == (
        3,
        "2026-03-01 to 2026-03-02: no difficulty; 2 missing -> recon-kit sync\n",
    )
    (listed,) = json.loads(command("difficulty", "list", "--from", "2026-01-01", "--json").stdout)
    assert (listed["kind"], listed["undecided"], listed["proposals"]) == ("missing", 2, [])


def test_a_sync_says_what_is_suspect_and_under_strict_that_work_remains(
    db: Connection, command: Command, tmp_path: Path
) -> None:
    path = file_of(tmp_path, FROZEN)
    told = json.loads(command("sync", "--from-file", path, "--json").stdout)
    assert (told["policy"], told["refused"]) == ("warn", 0)
    assert told["suspects"] == [
        {
            "from_date": str(SUSPECT[0]),
            "to_date": str(SUSPECT[-1]),
            "difficulty": str(NEXT),
            "kind": "long_epoch",
            "explanation": "30 days without a retarget",
            "undecided": 30,
        }
    ]
    policy(db, "strict")
    assert command("sync", "--from-file", path).returncode == 3


# Reading the table


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with local_dynamodb() as url:
        yield url


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@pytest.fixture
def table(endpoint: str, request: pytest.FixtureRequest) -> Table:
    """A table of this test's own: 28 days, several pages."""
    table = Table(endpoint, f"c{abs(hash(request.node.nodeid))}")
    for n in range(28):
        table.put(day(n), true(n // 14), padding=100_000)
    return table


class Unreliable:
    """A proxy to a DynamoDB that fails some of the requests, counted from 1."""

    def __init__(self, endpoint: str, *, failing: range, how: str) -> None:
        self.count = 0
        lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    proxy.count += 1
                    fails = proxy.count in failing
                if fails and how == "drops":
                    self.close_connection = True
                elif fails:
                    refusal = {"__type": "com.amazonaws.dynamodb#ThrottlingException"}
                    self.answer(400, json.dumps(refusal).encode())
                else:
                    request = urllib.request.Request(endpoint, body, dict(self.headers))
                    with urllib.request.urlopen(request) as response:
                        self.answer(200, response.read())

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Unreliable:
        threading.Thread(target=self.server.serve_forever).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No retries by boto3, and a circuit that opens for a twentieth of a second."""
    monkeypatch.setattr(aws, "MAX_ATTEMPTS", 1)
    monkeypatch.setattr(dynamodb, "PAUSE", 0.05)


@pytest.mark.parametrize("how", ["drops", "throttles"])
@pytest.mark.parametrize("segments", [1, 3])
def test_the_circuit_opens_says_so_and_closes_when_dynamodb_answers_again(
    db: Connection, table: Table, impatient: None, how: str, segments: int
) -> None:
    notes: list[str] = []
    with Unreliable(table.endpoint, failing=range(2, 9), how=how) as proxy:
        settings = replace(
            table.settings,
            dynamodb_endpoint=proxy.endpoint,
            dynamodb_budget=60,
            dynamodb_segments=segments,
        )
        done = sync_dynamodb(db, settings, note=notes.append)
    assert (done.items, done.changed, done.resumed) == (28, 28, False)
    assert len(stored(db)) == 28
    assert notes[0].startswith("DynamoDB circuit open, trying again in 0.05 s: ")
    assert notes[-1] == "DynamoDB circuit closed: it answers again"


@pytest.mark.parametrize("how", ["drops", "throttles"])
def test_it_gives_up_when_the_budget_is_spent_and_what_was_read_stays_read(
    db: Connection, table: Table, impatient: None, how: str
) -> None:
    notes: list[str] = []
    with Unreliable(table.endpoint, failing=range(2, 1_000_000), how=how) as proxy:
        settings = replace(table.settings, dynamodb_endpoint=proxy.endpoint, dynamodb_budget=0.4)
        with pytest.raises(ReconError) as told:
            sync_dynamodb(db, settings, note=notes.append)
        assert told.value.hint is not None
        assert "un sync again" in told.value.hint
        assert len(notes) >= 2
        read = value(db, "select items from recon.syncs")
        assert 0 < read < 28
        before = proxy.count
        proxy.server.RequestHandlerClass = _forwarding(table.endpoint)
        done = sync_dynamodb(db, settings)
    assert before < 40
    assert (done.resumed, done.items, done.changed) == (True, 28, 28)


def _forwarding(endpoint: str) -> Any:
    return Unreliable(endpoint, failing=range(0), how="").server.RequestHandlerClass


def test_what_cannot_pass_is_not_tried_again(db: Connection, table: Table) -> None:
    notes: list[str] = []
    settings = replace(table.settings, dynamodb_table="elsewhere", dynamodb_budget=60)
    with pytest.raises(ReconError, match="DynamoDB has no table 'elsewhere'"):
        sync_dynamodb(db, settings, note=notes.append)
    assert notes == []


def test_segments_are_read_in_parallel_and_make_one_whole(
    db: Connection, command: Command, table: Table
) -> None:
    done = command("sync", *at(table), "--segments", "4")
    assert (done.returncode, done.stderr) == (0, "")
    assert "28 items read, 28 dates new or changed, 0 refused" in done.stdout
    assert value(db, "select pages from recon.syncs") >= 4


def test_a_scan_in_segments_that_broke_off_goes_on_in_each(
    db: Connection, table: Table, impatient: None
) -> None:
    with Unreliable(table.endpoint, failing=range(4, 1_000_000), how="throttles") as proxy:
        settings = replace(table.settings, dynamodb_endpoint=proxy.endpoint, dynamodb_segments=2)
        with pytest.raises(ReconError):
            sync_dynamodb(db, settings)
        read = value(db, "select items from recon.syncs")
        assert 0 < read < 28
        assert len(value(db, "select resume_key -> 'keys' from recon.syncs")) == 2
        proxy.server.RequestHandlerClass = _forwarding(table.endpoint)
        done = sync_dynamodb(db, replace(settings, dynamodb_segments=5))
    assert (done.resumed, done.items, done.changed, done.refused) == (True, 28, 28, 0)
    assert len(stored(db)) == 28


def test_since_uses_no_earlier_date(db: Connection, command: Command, table: Table) -> None:
    table.put(day(3), "broken")
    table.put(day(25), "broken")
    done = command("sync", *at(table), "--since", day(20))
    assert done.returncode == 3
    assert "30 items read, 8 dates new or changed, 1 refused" in done.stdout
    assert set(stored(db)) == {day(n) for n in range(20, 28)}
    again = command("sync", *at(table), "--since", day(20))
    assert "0 dates new or changed, 1 refused" in again.stdout


# What is in the table


def test_check_dynamo_says_what_is_there_and_what_is_lacking(
    db: Connection, command: Command, table: Table
) -> None:
    table.put("soon", GOOD)
    for n in (3, 27, 28):
        record(db, day(n))
    insert(db, series((1, GOOD), first=day(27)))
    arguments = ("check-dynamo", *at(table))
    done = command(*arguments)
    assert done.returncode == 3
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines()[:-1])
    assert (lines["endpoint"], lines["table"], lines["key"]) == (table.endpoint, table.name, "ID")
    assert (lines["items"], lines["dates"], lines["without_a_date"]) == ("29", "28", "1")
    assert (lines["first_date"], lines["last_date"]) == (str(day(0)), str(day(27)))
    assert lines["sample"].startswith("item-")
    assert done.stderr.splitlines() == [
        f"1 date with records, {on} to {on}, without difficulty; {told} (--json lists them)"
        for on, told in (
            (day(3), "the table has one: recon-kit sync"),
            (day(28), "nor has the table"),
        )
    ]
    told = json.loads(command(*arguments, "--json").stdout)
    assert [line["is_in_table"] for line in told["lacking"]] == [True, False]
    assert value(db, "select count(*) from recon.syncs") == 0
    insert(db, series((1, GOOD), (24, None), (1, GOOD), first=day(3)))
    assert command(*arguments).returncode == 0


def test_check_dynamo_of_what_cannot_be_reached_says_so_at_once(
    db: Connection, command: Command
) -> None:
    done = command("check-dynamo", "--endpoint", "http://127.0.0.1:1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "DynamoDB table 'difficulties' cannot be read" in done.stderr
    assert "Check that http://127.0.0.1:1 can be reached" in done.stderr


def test_accepting_needs_no_transaction_of_its_own(db: Connection) -> None:
    insert(db, series((14, GOOD), (1, NEXT), (14, GOOD)))
    with db.transaction(force_rollback=True):
        db.execute("select recon.accept_difficulty(%s)", (day(14),))
        assert findings(db) == []
    assert findings(db) == [("interpolated", day(14), day(14))]
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        db.execute("select recon.accept_difficulty(null)")
