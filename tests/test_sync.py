"""Difficulty from DynamoDB or a file: what is used, what is refused, and what breaks off."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from recon_kit import aws, dynamodb
from recon_kit.db import Connection
from recon_kit.difficulty import Sync, sync_dynamodb, sync_file
from recon_kit.errors import ReconError, UsageError
from recon_kit.settings import Settings
from tests.dynamo import REGION, Table, cli, file_of, stored, versions
from tests.dynamo import endpoint as endpoint
from tests.world import pass_time, pending, value, wait_for_lock

pytestmark = pytest.mark.client

Open = Callable[[], Connection]

EPOCH = Decimal("83947913181361.6")
MARCH = [date(2024, 3, day) for day in range(1, 32)]
BIG = {date(2009, 1, 3) + timedelta(n): 10**13 + n // 14 for n in range(1_500)}
"""A table of several pages: items are long, so that few of them are enough."""


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy may take long for a request; without a budget it has 5 s."""
    monkeypatch.setattr(dynamodb, "SHORTEST", dynamodb.LONGEST)


@pytest.fixture
def table(endpoint: str, request: pytest.FixtureRequest) -> Table:
    """An empty table of this test's own."""
    return Table(endpoint, f"t{abs(hash(request.node.nodeid))}")


@pytest.fixture(scope="module")
def big(endpoint: str) -> Table:
    """1,500 items of 2,300 bytes: four pages of 1 MB. To be read only."""
    table = Table(endpoint, "big")
    items = [
        {
            "ID": {"S": f"item-{day}"},
            "Date": {"S": str(day)},
            "Difficulty": {"N": str(number)},
            "Padding": {"S": "x" * 2_200},
        }
        for day, number in BIG.items()
    ]
    for n in range(0, len(items), 25):
        puts: list[Any] = [{"PutRequest": {"Item": item}} for item in items[n : n + 25]]
        table.client.batch_write_item(RequestItems={"big": puts})
    return table


class Answer(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def refusal(request: AWSPreparedRequest, code: str) -> AWSResponse:
    """What DynamoDB answers when it will not."""
    body = json.dumps({"__type": f"com.amazonaws.dynamodb#{code}", "message": "Not now."})
    headers = HTTPHeaders()
    headers["content-type"] = "application/x-amz-json-1.0"
    return AWSResponse(request.url, 400, headers, Answer(body.encode()))


@contextmanager
def interception(
    *, before_send: Callable[..., Any] | None = None, after_call: Callable[..., Any] | None = None
) -> Iterator[None]:
    """Hooks of botocore around every Scan of the clients made meanwhile."""
    boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION is not None
    for event, hook in (("before-send", before_send), ("after-call", after_call)):
        if hook:
            boto3.DEFAULT_SESSION.events.register(f"{event}.dynamodb.Scan", hook)
    try:
        yield
    finally:
        boto3.DEFAULT_SESSION = None


def refusing(code: str, *scans: int) -> Callable[..., AWSResponse | None]:
    """A hook that lets DynamoDB refuse these requests, counted from 1; all of them if none."""
    number = 0

    def hook(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        nonlocal number
        number += 1
        return refusal(request, code) if not scans or number in scans else None

    return hook


def cli_sync(url: str, table: Table, *arguments: object) -> subprocess.CompletedProcess[str]:
    arguments = ("sync", "--table", table.name, *arguments)
    return cli(url, *arguments, RECON_DYNAMODB_ENDPOINT=table.endpoint)


def changed_days(db: Connection) -> list[date]:
    found = db.execute(
        "select settlement_date from recon.changes where isfinite(settlement_date) order by 1"
    )
    return [row["settlement_date"] for row in found]


def reasons(db: Connection) -> list[str]:
    found = db.execute("select reason from recon.difficulty_refusals order by refusal_id")
    return [row["reason"] for row in found]


# What arrives


@pytest.mark.parametrize(
    ("attribute", "number"),
    [
        ({"N": "110568428300952"}, Decimal(110568428300952)),
        ({"S": "110568428300952"}, Decimal(110568428300952)),
        ({"N": "83947913181361.6"}, EPOCH),
        ({"S": "83,947,913,181,361.6"}, EPOCH),
        ({"S": "+8.39479131813616E13"}, EPOCH),
        ({"N": "1"}, Decimal(1)),
        ({"S": "1.18289953"}, Decimal("1.18289953")),
    ],
    ids=lambda shown: str(shown),
)
def test_a_difficulty_arrives_whether_its_attribute_is_a_number_or_a_string(
    db: Connection, table: Table, attribute: dict[str, str], number: Decimal
) -> None:
    key = table.put(MARCH[0], attribute)
    done = table.sync(db)
    assert (done.items, done.changed, done.refused, done.findings) == (1, 1, 0, [])
    row = db.execute("select * from recon.network_difficulties").fetchone()
    assert row is not None
    del row["recorded_at"]
    assert row == {
        "settlement_date": MARCH[0],
        "difficulty": number,
        "source": f"dynamodb:{table.name}",
        "item_id": key,
        "sync_id": done.sync_id,
    }


def test_several_items_of_one_date_that_agree_are_one_value(db: Connection, table: Table) -> None:
    table.put(MARCH[0], {"N": "110568428300952"})
    table.put(MARCH[0], "110,568,428,300,952")
    table.put(MARCH[0], "110568428300952.0")
    done = table.sync(db)
    assert (done.items, done.changed, done.findings) == (3, 1, [])
    assert stored(db) == {MARCH[0]: 110568428300952}


def test_an_empty_table_is_no_error(db: Connection, url: str, table: Table) -> None:
    done = cli_sync(url, table)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 items read, 0 dates new or changed, 0 refused" in done.stdout


def test_attributes_and_dates_may_be_called_and_written_otherwise(
    db: Connection, url: str, endpoint: str
) -> None:
    table = Table(endpoint, "renamed", key="Key")
    table.settings = replace(
        table.settings,
        dynamodb_id="Key",
        dynamodb_date="Day",
        dynamodb_difficulty="Network Value",
    )
    key = table.put("09/03/2024", str(EPOCH))
    table.put("2024-03-10", "1")
    table.put("31/02/2024", "1")
    done = cli_sync(
        url,
        table,
        *("--id-attribute", "Key", "--date-attribute", "Day"),
        *("--difficulty-attribute", "Network Value", "--date-format", "DD/MM/YYYY"),
    )
    assert done.returncode == 3
    assert stored(db) == {date(2024, 3, 9): EPOCH}
    assert value(db, "select item_id from recon.network_difficulties") == key
    assert set(reasons(db)) == {"not a date of the form DD/MM/YYYY"}


def test_the_key_of_the_table_may_be_the_date(db: Connection, endpoint: str) -> None:
    table = Table(endpoint, "by-date", key="Date")
    table.client.put_item(
        TableName="by-date", Item={"Date": {"S": "2024-03-01"}, "Difficulty": {"N": "5"}}
    )
    table.sync(db, dynamodb_id="Date")
    assert stored(db) == {MARCH[0]: 5}


@pytest.mark.parametrize(
    ("item", "flag"),
    [
        ({"date": "2024-03-01", "difficulty": "5"}, "--date-attribute"),
        ({"Date": "2024-03-01", "difficulty": "5"}, "--difficulty-attribute"),
        ({"day": "2024-03-01", "Difficulty": "5"}, "--date-attribute"),
    ],
    ids=str,
)
def test_attributes_that_no_item_has_are_one_sentence_and_not_one_an_item(
    db: Connection, url: str, table: Table, item: dict[str, str], flag: str
) -> None:
    for number in range(3):
        texts = {"ID": f"item-{number}", **item}
        table.client.put_item(
            TableName=table.name, Item={name: {"S": text} for name, text in texts.items()}
        )
    for verb in ("sync", "check-dynamo", "sync"):
        done = cli(url, verb, "--table", table.name, RECON_DYNAMODB_ENDPOINT=table.endpoint)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert done.stderr.count("\n") == 2
        assert f"one has: {', '.join(sorted({'ID', *item}))}" in done.stderr
        assert f"Name the attribute with {flag}" in done.stderr
    assert value(db, "select count(*) from recon.difficulty_refusals") == 0


def test_a_timestamp_counts_for_its_date_in_utc(db: Connection, table: Table) -> None:
    table.put("2024-03-09T00:00:00Z", "5")
    table.put("2024-03-10T23:30:00-02:00", "6")
    table.sync(db)
    assert stored(db) == {date(2024, 3, 9): 5, date(2024, 3, 11): 6}


# What is refused

REFUSED = {
    "no value": (MARCH[0], None, "the difficulty is missing"),
    "null": (MARCH[0], {"NULL": True}, "the difficulty is missing"),
    "no date": (None, "5", "the date is missing"),
    "zero": (MARCH[0], {"N": "0"}, "the difficulty is not positive"),
    "negative": (MARCH[0], {"N": "-83947913181361.6"}, "the difficulty is not positive"),
    "NaN": (MARCH[0], "NaN", "the difficulty is not finite"),
    "infinity": (MARCH[0], "Infinity", "the difficulty is not finite"),
    "-inf": (MARCH[0], "-inf", "the difficulty is not finite"),
    "text": (MARCH[0], "to be confirmed", "the difficulty is not a number"),
    "empty text": (MARCH[0], "", "the difficulty is not a number"),
    "commas": (MARCH[0], "1,2", "the difficulty is not a number"),
    "decimal comma": (MARCH[0], "83.947.913.181.361,6", "the difficulty is not a number"),
    "hexadecimal": (MARCH[0], "0x10", "the difficulty is not a number"),
    "digits without end": (MARCH[0], "9" * 200, "the difficulty is not a number"),
    "list": (MARCH[0], {"L": [{"N": "5"}]}, "the difficulty is not a number"),
    "map": (MARCH[0], {"M": {"value": {"N": "5"}}}, "the difficulty is not a number"),
    "boolean": (MARCH[0], {"BOOL": True}, "the difficulty is not a number"),
    "binary": (MARCH[0], {"B": b"\x00\xff"}, "the difficulty is not a number"),
    "set": (MARCH[0], {"NS": ["5", "6"]}, "the difficulty is not a number"),
    "NUL": (MARCH[0], "5\0", "the difficulty is not a number"),
    "very long": (MARCH[0], "\u20ac" * 50_000, "the difficulty is not a number"),
    "30 February": ("2025-02-30", "5", "not a date of the form YYYY-MM-DD"),
    "no zeros": ("2025-2-3", "5", "not a date of the form YYYY-MM-DD"),
    "no time of day": ("2025-02-03T24:30:00Z", "5", "not a date of the form YYYY-MM-DD"),
    "other form": ("03/02/2025", "5", "not a date of the form YYYY-MM-DD"),
    "forever": ("infinity", "5", "not a date of the form YYYY-MM-DD"),
    "year 0": ("0000-01-01", "5", "not a date of the form YYYY-MM-DD"),
    "empty date": ("", "5", "not a date of the form YYYY-MM-DD"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_used_is_refused_with_its_reason_and_the_rest_goes_on(
    db: Connection, table: Table, kind: str
) -> None:
    day, attribute, reason = REFUSED[kind]
    key = table.put(day, attribute)
    table.put(MARCH[1], "7")
    done = table.sync(db)
    assert (done.items, done.changed, done.refused) == (2, 1, 1)
    assert [(f.finding, f.item_id, f.explanation) for f in done.findings] == [
        ("refused", key, reason)
    ]
    assert stored(db) == {MARCH[1]: 7}
    row = db.execute("select * from recon.difficulty_refusals").fetchone()
    assert row is not None
    assert (row["source"], row["item_id"], row["reason"]) == (f"dynamodb:{table.name}", key, reason)
    assert row["settlement_date"] == (day if isinstance(day, date) else None)
    assert row["date_text"] == (None if day is None else str(day))
    assert len(row["difficulty_text"] or "") <= 150


def test_refusals_are_printed_and_the_exit_code_is_3(
    db: Connection, url: str, table: Table
) -> None:
    table.put(MARCH[0], "to be confirmed")
    table.put("2025-02-30", "5")
    table.put(MARCH[1], "7")
    done = cli_sync(url, table)
    assert done.returncode == 3
    assert "refused: item-00001: 2024-03-01 = to be confirmed: the difficulty is not a number" in (
        done.stderr
    )
    assert "refused: item-00002: 2025-02-30 = 5: not a date of the form YYYY-MM-DD" in done.stderr
    assert "3 items read, 1 date new or changed, 2 refused" in done.stdout


def test_json_is_alone_on_stdout(db: Connection, url: str, table: Table) -> None:
    key = table.put(MARCH[0], "0")
    table.put(MARCH[1], "7")
    done = cli_sync(url, table, "--json")
    assert (done.returncode, done.stderr) == (3, "")
    told = json.loads(done.stdout)
    assert {name: told[name] for name in ("items", "changed", "refused", "resumed")} == {
        "items": 2,
        "changed": 1,
        "refused": 1,
        "resumed": False,
    }
    assert told["findings"] == [
        {
            "finding": "refused",
            "item_id": key,
            "date_text": "2024-03-01",
            "difficulty_text": "0",
            "explanation": "the difficulty is not positive",
        }
    ]


@pytest.mark.parametrize("order", [["5", "6"], ["6", "5"]])
@pytest.mark.parametrize("padding", [0, 390_000], ids=["on one page", "on several pages"])
def test_items_of_one_date_that_disagree_are_all_refused(
    db: Connection, table: Table, order: list[str], padding: int
) -> None:
    table.put(MARCH[0], order[0], padding=padding)
    for day in MARCH[2:6]:
        table.put(day, "7", padding=padding)
    table.put(MARCH[0], order[1], padding=padding)
    done = table.sync(db)
    assert value(db, "select pages > 1 from recon.syncs") == (padding > 0)
    assert (done.items, done.changed, done.refused) == (6, 4, 2)
    assert {f.explanation for f in done.findings} == {"items of this date disagree"}
    assert MARCH[0] not in stored(db)
    assert reasons(db) == ["items of this date disagree"] * 2


def test_a_date_whose_item_is_refused_keeps_the_value_it_had(db: Connection, table: Table) -> None:
    key = table.put(MARCH[0], "5")
    table.put(MARCH[1], "5")
    table.sync(db)
    before = versions(db)
    table.client.put_item(
        TableName=table.name,
        Item={"ID": {"S": key}, "Date": {"S": "2024-03-01"}, "Difficulty": {"S": "broken"}},
    )
    table.put(MARCH[1], "6")
    assert table.sync(db).refused == 3
    assert stored(db) == {MARCH[0]: 5, MARCH[1]: 5}
    assert versions(db) == before


def test_a_refusal_that_stands_no_longer_counts_until_its_item_changes(
    db: Connection, url: str, tmp_path: Path
) -> None:
    def sync(difficulty: str) -> subprocess.CompletedProcess[str]:
        return cli(url, "sync", "--from-file", file_of(tmp_path, {"2025-03-01": difficulty}))

    assert sync("unknown").returncode == 3
    item = value(db, "select coalesce(item_id, date_text) from recon.difficulty_refusals")
    done = cli(url, "difficulty", "acknowledge", item, "the node was down")
    assert (done.returncode, done.stderr) == (0, "1 refusal acknowledged\n")
    again = sync("unknown")
    assert (again.returncode, again.stderr) == (0, "")
    assert "0 refused, 1 refused as before and let stand" in again.stdout
    db.execute("select from recon.prune_history('0')")
    assert sync("unknown").returncode == 0
    assert sync("unheard of").returncode == 3
    for arguments in (["nothing", "why"], [item, " "]):
        assert cli(url, "difficulty", "acknowledge", *arguments).returncode == 2


def test_a_value_that_a_person_rejected_no_longer_counts(
    db: Connection, url: str, tmp_path: Path
) -> None:
    file = file_of(tmp_path, {"2025-03-01": "110568428300952"})
    assert cli(url, "sync", "--from-file", file).returncode == 0
    db.execute("select from recon.reject_difficulty('2025-03-01', 'not ours')")
    again = cli(url, "sync", "--from-file", file)
    assert again.returncode == 0
    assert "0 refused, 1 refused as before" in again.stdout
    assert value(db, "select count(*) from recon.network_difficulties") == 0


def test_refusals_do_not_pile_up(db: Connection, table: Table) -> None:
    table.put(MARCH[0], "broken")
    table.put(None, None)
    table.put(MARCH[1], "5")
    table.put(MARCH[1], "6")
    first = table.sync(db)
    before = db.execute("select * from recon.difficulty_refusals order by 1").fetchall()
    assert len(before) == 4
    again = table.sync(db)
    assert again.findings == first.findings
    assert db.execute("select * from recon.difficulty_refusals order by 1").fetchall() == before


def test_a_refused_date_is_used_once_its_item_is_mended(db: Connection, table: Table) -> None:
    key = table.put(MARCH[0], "broken")
    table.sync(db)
    table.client.put_item(
        TableName=table.name,
        Item={"ID": {"S": key}, "Date": {"S": "2024-03-01"}, "Difficulty": {"S": "5"}},
    )
    assert table.sync(db).refused == 0
    assert stored(db) == {MARCH[0]: 5}


# One epoch written in two ways


def notes(done: Sync) -> set[tuple[str | None, str | None]]:
    """What was another notation of the epoch: date and value."""
    for finding in done.findings:
        assert finding.finding == "notation"
        assert finding.explanation == f"another notation of {EPOCH}, which is used"
    return {(finding.date_text, finding.difficulty_text) for finding in done.findings}


def test_two_notations_on_one_date_are_the_more_precise_one(db: Connection, table: Table) -> None:
    table.put(MARCH[0], "83947913181362")
    precise = table.put(MARCH[0], {"N": "83947913181361.6"})
    done = table.sync(db)
    assert (done.changed, done.refused) == (1, 0)
    assert notes(done) == {("2024-03-01", "83947913181362")}
    assert stored(db) == {MARCH[0]: EPOCH}
    assert value(db, "select item_id from recon.network_difficulties") == precise


def test_two_notations_on_neighbouring_dates_are_one_epoch(db: Connection, table: Table) -> None:
    table.put(MARCH[13], "83947913181362")
    table.put(MARCH[14], "83,947,913,181,362")
    table.put(MARCH[15], "83947913181361.6")
    table.put(MARCH[16], "83126997340024.6")
    done = table.sync(db)
    assert notes(done) == {("2024-03-14", "83947913181362"), ("2024-03-15", "83,947,913,181,362")}
    assert stored(db) == {
        MARCH[13]: EPOCH,
        MARCH[14]: EPOCH,
        MARCH[15]: EPOCH,
        MARCH[16]: Decimal("83126997340024.6"),
    }


def test_a_less_precise_notation_takes_the_more_precise_one_that_is_stored(
    db: Connection, table: Table
) -> None:
    key = table.put(MARCH[0], "83947913181361.6")
    table.sync(db)
    table.client.delete_item(TableName=table.name, Key={"ID": {"S": key}})
    before = versions(db)
    table.put(MARCH[1], "83947913181362")
    assert notes(table.sync(db)) == {("2024-03-02", "83947913181362")}
    assert stored(db) == {MARCH[0]: EPOCH, MARCH[1]: EPOCH}
    assert versions(db).items() >= before.items()


def test_stored_values_become_the_more_precise_notation_when_it_arrives(
    db: Connection, table: Table, tmp_path: Path
) -> None:
    old = {"2024-03-01": "83947913181362", "2024-03-02": "83947913181362", "2024-03-03": "5e13"}
    sync_file(db, file_of(tmp_path, old), Settings())
    untouched = versions(db)[MARCH[2]]
    db.execute("delete from recon.changes")
    table.put(MARCH[1], "broken")
    table.put(MARCH[3], "83947913181361.6")
    done = table.sync(db)
    assert [f.explanation for f in done.findings if f.finding == "refused"] == [
        "the difficulty is not a number"
    ]
    assert {(f.item_id, f.date_text) for f in done.findings if f.finding == "notation"} == {
        (None, "2024-03-01"),
        (None, "2024-03-02"),
    }
    assert stored(db) == {MARCH[0]: EPOCH, MARCH[1]: EPOCH, MARCH[2]: 5 * 10**13, MARCH[3]: EPOCH}
    assert versions(db)[MARCH[2]] == untouched
    assert done.changed == 3
    assert changed_days(db) == [MARCH[0], MARCH[1], MARCH[3]]
    assert [f.finding for f in table.sync(db).findings] == ["refused"]


def test_three_notations_are_one_epoch_though_the_coarser_ones_round_apart(
    db: Connection, table: Table
) -> None:
    table.put(MARCH[0], "83947913181361.46")
    table.put(MARCH[0], "83947913181361.5")
    table.put(MARCH[0], "83947913181361")
    done = table.sync(db)
    assert done.refused == 0
    assert stored(db) == {MARCH[0]: Decimal("83947913181361.46")}


def test_early_values_that_round_to_each_other_are_not_one_epoch(
    db: Connection, table: Table
) -> None:
    table.put("2009-12-29", "1")
    table.put("2009-12-30", "1.18289953")
    assert table.sync(db).findings == []
    assert set(stored(db).values()) == {Decimal(1), Decimal("1.18289953")}
    table.put("2009-12-30", "1")
    assert table.sync(db).refused == 2


def test_neighbours_of_the_same_precision_are_not_one_epoch(db: Connection, table: Table) -> None:
    table.put(MARCH[0], "83947913181361.6")
    table.put(MARCH[0], "83947913181361.7")
    assert table.sync(db).refused == 2


# Only what changed


def test_a_second_sync_writes_nothing(db: Connection, table: Table) -> None:
    table.put(MARCH[0], "83947913181362")
    table.put(MARCH[1], "83947913181361.6")
    table.put(MARCH[2], "broken")
    assert table.sync(db).changed == 2
    before = versions(db)
    db.execute("delete from recon.changes")
    assert table.sync(db).changed == 0
    assert versions(db) == before
    assert value(db, "select count(*) from recon.changes") == 0
    assert value(db, "select count(*) from recon.sync_items") == 0


def test_only_values_that_are_other_are_written_and_only_their_days_become_pending(
    db: Connection, table: Table
) -> None:
    keys = [table.put(day, "5") for day in MARCH]
    table.sync(db)
    assert changed_days(db) == MARCH
    before = versions(db)
    db.execute("delete from recon.changes")
    item = {"ID": {"S": keys[8]}, "Date": {"S": str(MARCH[8])}, "Difficulty": {"N": "6"}}
    table.client.put_item(TableName=table.name, Item=item)
    table.put("2024-04-01", "5")
    assert table.sync(db).changed == 2
    assert changed_days(db) == [MARCH[8], date(2024, 4, 1)]
    assert pending(db) == [MARCH[8], date(2024, 4, 1)]
    after = versions(db)
    assert {day for day in MARCH if after[day] != before[day]} == {MARCH[8]}


def test_an_item_that_is_gone_leaves_its_value(db: Connection, table: Table) -> None:
    key = table.put(MARCH[0], "5")
    table.sync(db)
    table.client.delete_item(TableName=table.name, Key={"ID": {"S": key}})
    assert table.sync(db).changed == 0
    assert stored(db) == {MARCH[0]: 5}


def test_statistics_of_another_time_do_not_make_a_sync_slow(db: Connection, tmp_path: Path) -> None:
    days = [date(2009, 1, 3) + timedelta(n) for n in range(6_000)]
    values = file_of(tmp_path, {str(day): f"{n + 10**13}" for n, day in enumerate(days)})
    db.execute("insert into recon.syncs (source, started_at) values ('other', now())")
    db.execute(
        "insert into recon.sync_items (sync_id, date_text, difficulty_text)"
        " select 1, n, n from generate_series(1, 2000) n"
    )
    db.execute("analyze recon.sync_items, recon.network_difficulties")
    db.execute("set statement_timeout = '10s'")  # it takes less than one, and took 16
    assert sync_file(db, values, Settings()).changed == 6000
    assert sync_file(db, values, Settings()).changed == 0


# Pages


def test_a_table_of_several_pages_arrives_whole(db: Connection, big: Table) -> None:
    counts: list[int] = []
    done = sync_dynamodb(db, big.settings, counts.append)
    assert (done.items, done.changed, done.refused) == (1500, 1500, 0)
    assert len(counts) > 2
    assert counts == sorted(counts)
    assert counts[-1] == 1500
    assert stored(db) == BIG
    assert value(db, "select pages from recon.syncs") == len(counts)


class Reader:
    """Notes what every page brought."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = []

    def __call__(self, parsed: dict[str, Any], **_: Any) -> None:
        self.pages.append([item["ID"]["S"] for item in parsed.get("Items", [])])


def break_off(db: Connection, big: Table) -> list[str]:
    """A sync that ends after its first page; the keys it read."""
    reader = Reader()
    with (
        interception(before_send=refusing("AccessDeniedException", 2), after_call=reader),
        pytest.raises(ReconError, match="AccessDeniedException"),
    ):
        big.sync(db)
    return reader.pages[0]


def test_a_page_is_saved_with_the_key_of_the_next_one(db: Connection, big: Table) -> None:
    read = break_off(db, big)
    sync = db.execute("select * from recon.syncs").fetchone()
    assert sync is not None
    assert (sync["finished_at"], sync["pages"], sync["items"]) == (None, 1, len(read))
    assert sync["resume_key"]["keys"] == [{"ID": {"S": read[-1]}}]
    found = db.execute("select item_id from recon.sync_items order by item_no")
    assert [row["item_id"] for row in found] == read
    assert stored(db) == {}
    assert changed_days(db) == []


def test_a_sync_that_broke_off_goes_on_and_reads_no_item_twice(db: Connection, big: Table) -> None:
    read = break_off(db, big)
    reader = Reader()
    with interception(after_call=reader):
        done = big.sync(db)
    rest = [key for page in reader.pages for key in page]
    assert done.resumed
    assert (done.items, done.changed) == (1500, 1500)
    assert sorted(read + rest) == [f"item-{day}" for day in BIG]
    assert stored(db) == BIG
    assert not big.sync(db).resumed


@pytest.mark.slow
def test_a_sync_that_is_killed_goes_on_and_ends_as_one_that_was_not(
    db: Connection, url: str, big: Table
) -> None:
    killed_at_page_3 = """
import os, signal, boto3
from recon_kit.cli import main
scans = []
def hook(**_):
    scans.append(1)
    if len(scans) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
boto3.setup_default_session()
boto3.DEFAULT_SESSION.events.register("before-send.dynamodb.Scan", hook)
main()
"""
    environment = {"DATABASE_URL": url, "RECON_DYNAMODB_ENDPOINT": big.endpoint}
    killed = subprocess.run(
        [sys.executable, "-c", killed_at_page_3, "sync", "--table", "big"],
        env={**os.environ, **environment},
        check=False,
    )
    assert killed.returncode == -9
    assert value(db, "select pages from recon.syncs") == 2
    done = cli_sync(url, big)
    assert done.returncode == 0, done.stderr
    assert "1,500 items read, resumed, 1,500 dates new or changed, 0 refused" in done.stdout
    assert stored(db) == BIG


@pytest.mark.slow
def test_a_sync_that_broke_off_an_hour_ago_begins_anew(db: Connection, big: Table) -> None:
    break_off(db, big)
    pass_time(db, "1 day 1 minute")
    done = big.sync(db)
    assert (done.resumed, done.items) == (False, 1500)
    assert value(db, "select count(*) from recon.syncs") == 1
    assert value(db, "select count(*) from recon.sync_items") == 0


@pytest.mark.slow
def test_a_sync_that_broke_off_is_not_gone_on_with_from_other_attributes_or_elsewhere(
    db: Connection, big: Table
) -> None:
    break_off(db, big)
    done = big.sync(db, dynamodb_difficulty="Padding")
    assert (done.resumed, done.items, done.refused) == (False, 1500, 1500)
    break_off(db, big)
    with local_dynamodb_elsewhere() as other:
        other.put(MARCH[0], "5")
        done = other.sync(db)
    assert (done.resumed, done.items) == (False, 1)
    assert stored(db) == {MARCH[0]: 5}


@contextmanager
def local_dynamodb_elsewhere() -> Iterator[Table]:
    """A DynamoDB in a process of its own, with another table called big."""
    serve = (
        "import sys\nfrom recon_kit.local import local_dynamodb\n"
        "with local_dynamodb() as url:\n  print(url, flush=True)\n  sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", serve], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield Table(process.stdout.readline().strip(), "big")
        process.stdin.close()


def test_a_disagreement_across_the_break_is_seen(db: Connection, table: Table) -> None:
    table.put(MARCH[0], "5", padding=390_000)
    for day in MARCH[1:5]:
        table.put(day, "7", padding=390_000)
    table.put(MARCH[0], "6", padding=390_000)
    break_off(db, table)
    done = table.sync(db)
    assert done.resumed
    assert done.refused == 2
    assert MARCH[0] not in stored(db)


# Two at once


class Syncing(threading.Thread):
    """A sync in a thread of its own."""

    def __init__(self, run: Callable[[], Sync]) -> None:
        super().__init__()
        self._run = run
        self.done: Sync | None = None
        self.start()

    def run(self) -> None:
        self.done = self._run()


def test_race_of_two_syncs_of_one_table_the_second_beginning_amid_the_first(
    db: Connection, another: Open, table: Table
) -> None:
    table.put(MARCH[0], "5", padding=390_000)
    for day in MARCH[1:12]:
        table.put(day, "7", padding=390_000)
    table.put(MARCH[0], "6", padding=390_000)
    saved, go_on = threading.Event(), threading.Event()

    def hold(items: int) -> None:
        saved.set()
        assert go_on.wait(60)

    first_connection = another()
    first = Syncing(lambda: sync_dynamodb(first_connection, table.settings, hold))
    assert saved.wait(60)
    second = table.sync(db)
    go_on.set()
    first.join()
    assert first.done is not None
    assert (second.resumed, second.items, second.changed, second.refused) == (True, 13, 11, 2)
    assert (first.done.items, first.done.changed, first.done.refused) == (13, 0, 2)
    assert stored(db) == {day: Decimal(7) for day in MARCH[1:12]}
    assert value(db, "select count(*) from recon.sync_items") == 0
    assert not table.sync(db).resumed


def test_race_of_two_syncs_that_are_applied_at_once_sees_what_the_other_stored(
    db: Connection, another: Open, tmp_path: Path
) -> None:
    coarse = file_of(tmp_path, {"2024-03-01": "83947913181362"}, "coarse.json")
    fine = file_of(tmp_path, {"2024-03-02": "83947913181361.6"}, "fine.json")
    db.execute("begin")
    sync_file(db, fine, Settings())
    connection = another()
    second = Syncing(lambda: sync_file(connection, coarse, Settings()))
    wait_for_lock(db, connection.info.backend_pid)
    db.execute("commit")
    second.join()
    assert second.done is not None
    assert len(second.done.findings) == 1
    assert stored(db) == {MARCH[0]: EPOCH, MARCH[1]: EPOCH}


def test_race_of_many_syncs_of_one_table_ends_in_its_values(
    db: Connection, another: Open, table: Table
) -> None:
    for n, day in enumerate(MARCH):
        table.put(day, str(5 + n), padding=100_000)
    table.put(None, "5")
    connections = [another() for _ in range(6)]
    syncs = [Syncing(lambda c=c: sync_dynamodb(c, table.settings)) for c in connections]  # type: ignore[misc]
    for sync in syncs:
        sync.join()
    results = [sync.done for sync in syncs if sync.done]
    assert len(results) == 6
    assert sum(done.changed for done in results) == len(MARCH)
    assert stored(db) == {day: Decimal(5 + n) for n, day in enumerate(MARCH)}
    assert value(db, "select count(*) from recon.difficulty_refusals") == 1


# When DynamoDB does not answer as it should


def assert_nothing_half_written(db: Connection) -> None:
    assert stored(db) == {}
    assert changed_days(db) == []
    assert value(db, "select count(*) from recon.sync_items") == 0
    assert value(db, "select count(*) from recon.syncs where finished_at is not null") == 0


def test_a_scan_that_is_throttled_for_a_while_succeeds(db: Connection, table: Table) -> None:
    table.put(MARCH[0], "5")
    with interception(before_send=refusing("ProvisionedThroughputExceededException", 1, 2)):
        assert table.sync(db).changed == 1


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "ThrottlingException"])
def test_a_scan_that_is_throttled_for_ever_says_so_and_goes_on_another_time(
    db: Connection, big: Table, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(aws, "MAX_ATTEMPTS", 2)
    with (
        interception(before_send=refusing(code, *range(2, 100))),
        pytest.raises(ReconError) as refused,
    ):
        big.sync(db)
    assert refused.value.message == "DynamoDB throttled the scan of 'big' 2 times in a row"
    assert refused.value.hint is not None
    assert "Run sync again: it goes on where it stopped" in refused.value.hint
    assert refused.value.exit_code == 1
    done = big.sync(db)
    assert (done.resumed, done.items) == (True, 1500)


def test_a_missing_table_is_named_with_the_setting_that_names_it(
    db: Connection, url: str, endpoint: str
) -> None:
    done = cli(url, "sync", "--endpoint", endpoint, "--table", "elsewhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"error: DynamoDB has no table 'elsewhere' at {endpoint}" in done.stderr
    assert "--table" in done.stderr
    assert_nothing_half_written(db)


def test_missing_credentials_are_named(db: Connection, url: str, table: Table) -> None:
    done = cli(
        url,
        *("sync", "--table", table.name, "--endpoint", table.endpoint),
        AWS_ACCESS_KEY_ID=None,
        AWS_SECRET_ACCESS_KEY=None,
        HOME="/nowhere",
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"error: DynamoDB table '{table.name}' cannot be read" in done.stderr
    assert "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE." in done.stderr
    assert_nothing_half_written(db)


def test_a_missing_region_is_named(db: Connection, url: str) -> None:
    done = cli(url, "sync", AWS_DEFAULT_REGION=None)
    assert (done.returncode, done.stdout) == (1, "")
    assert "DynamoDB table 'difficulties' cannot be read: You must specify a region" in done.stderr
    assert "Set RECON_DYNAMODB_REGION or AWS_DEFAULT_REGION." in done.stderr
    assert_nothing_half_written(db)


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "text"),
    [
        ((), {"AWS_DEFAULT_REGION": ""}, 2, "the AWS region is empty"),
        ((), {"RECON_DYNAMODB_REGION": ""}, 1, "You must specify a region"),
        ((), {"RECON_DYNAMODB_REGION": "eu west 2"}, 1, "'eu west 2'"),
    ],
    ids=str,
)
def test_a_region_that_is_none_asks_for_a_region(
    db: Connection,
    url: str,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    code: int,
    text: str,
) -> None:
    unset = {"AWS_DEFAULT_REGION": None, "AWS_REGION": None}
    done = cli(url, "sync", *arguments, **{**unset, **environment})
    assert done.returncode == code
    assert text in done.stderr
    assert "RECON_DYNAMODB_REGION" in done.stderr
    assert "endpoint" not in done.stderr.lower()


@pytest.mark.parametrize(
    "flag",
    ["--table", "--region", "--endpoint", "--id-attribute", "--date-attribute",
     "--difficulty-attribute", "--date-format"],
)  # fmt: skip
def test_a_flag_of_dynamodb_that_is_empty_is_refused(flag: str, url: str) -> None:
    done = cli(url, "sync", flag, "")
    assert done.returncode == 2
    assert flag in done.stderr
    assert "it is empty" in done.stderr


def test_an_endpoint_that_cannot_be_reached_is_named(
    db: Connection, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "MAX_ATTEMPTS", 2)
    with pytest.raises(ReconError) as refused:
        table.sync(db, dynamodb_endpoint="http://127.0.0.1:1")
    assert refused.value.message.startswith(f"DynamoDB table '{table.name}' cannot be read: Could")
    assert refused.value.hint == (
        "Check that http://127.0.0.1:1 can be reached; then run sync again."
    )
    assert refused.value.exit_code == 1
    assert_nothing_half_written(db)


def test_an_endpoint_that_is_no_url_is_refused_as_usage(db: Connection, url: str) -> None:
    done = cli(url, "sync", "--endpoint", "nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: Invalid endpoint: nonsense" in done.stderr
    assert "RECON_DYNAMODB_ENDPOINT" in done.stderr
    assert_nothing_half_written(db)


def test_a_profile_that_is_not_there_is_named(db: Connection, url: str, table: Table) -> None:
    done = cli(url, "sync", AWS_PROFILE="nobody")
    assert done.returncode == 1
    assert "The config profile (nobody) could not be found" in done.stderr
    assert "Check the AWS credentials" in done.stderr


def test_a_refusal_of_aws_is_passed_on_with_its_reason(db: Connection, table: Table) -> None:
    for code, hint in [
        (
            "AccessDeniedException",
            "The credentials need dynamodb:Scan on this table, and for check-dynamo "
            "dynamodb:DescribeTable.",
        ),
        ("ValidationException", "Check the AWS credentials, the region and the table."),
    ]:
        with (
            interception(before_send=refusing(code)),
            pytest.raises(ReconError, match=f"{code}: Not now.") as refused,
        ):
            table.sync(db)
        assert refused.value.hint == hint
    assert_nothing_half_written(db)


# From a file


def test_a_file_of_dates_and_values_and_one_of_items_say_the_same(
    db: Connection, tmp_path: Path
) -> None:
    values = file_of(tmp_path, {"2024-03-01": "83,947,913,181,361.6", "2024-03-02": 5 * 10**13})
    done = sync_file(db, values, Settings())
    assert (done.source, done.items, done.changed) == ("file:difficulty.json", 2, 2)
    assert stored(db) == {MARCH[0]: EPOCH, MARCH[1]: 5 * 10**13}
    items = [
        {"ID": "a", "Date": "2024-03-01", "Difficulty": 83947913181361.6},
        {"ID": 7, "Date": "2024-03-02", "Difficulty": "50000000000000", "Note": "not read"},
        {"Date": "2024-03-03", "Difficulty": "6e13"},
    ]
    assert sync_file(db, file_of(tmp_path, items), Settings()).changed == 1
    found = db.execute("select item_id from recon.network_difficulties order by settlement_date")
    assert [row["item_id"] for row in found] == ["2024-03-01", "2024-03-02", None]


def test_numbers_of_a_file_are_exact(db: Connection, tmp_path: Path) -> None:
    text = '\ufeff{"2024-03-01": 110568428300952.123456789012345678901}'
    sync_file(db, file_of(tmp_path, text), Settings())
    assert stored(db) == {MARCH[0]: Decimal("110568428300952.123456789012345678901")}


def test_a_date_that_stands_in_a_file_twice_with_other_values_is_refused(
    db: Connection, tmp_path: Path
) -> None:
    text = '{"2024-03-01": "5", "2024-03-02": "7", "2024-03-01": "6", "2024-03-02": "7.0"}'
    done = sync_file(db, file_of(tmp_path, text), Settings())
    assert (done.changed, done.refused) == (1, 2)
    assert stored(db) == {MARCH[1]: 7}


def test_garbage_in_a_file_is_refused_and_the_rest_goes_on(
    db: Connection, url: str, tmp_path: Path
) -> None:
    text = (
        '{"2024-03-01": null, "2024-03-02": [5], "2024-03-03": {"a": 1}, "2024-03-04": true,'
        ' "2024-03-05": NaN, "2024-03-06": -Infinity, "2024-03-07": "\\u0000", "\\ud800": "5",'
        ' "2024-03-08": 5}'
    )
    done = cli(url, "sync", "--from-file", file_of(tmp_path, text), AWS_DEFAULT_REGION=None)
    assert done.returncode == 3
    assert "9 items read, 1 date new or changed, 8 refused" in done.stdout
    assert done.stderr.count("refused: ") == 8
    assert stored(db) == {MARCH[7]: 5}


@pytest.mark.parametrize("content", ["{}", "[]"])
def test_an_empty_file_of_the_right_shape_is_no_error(
    db: Connection, tmp_path: Path, content: str
) -> None:
    assert sync_file(db, file_of(tmp_path, content), Settings()).items == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "cannot be read"),
        ("2024-03-01: 5", "cannot be read"),
        ('{"2024-03-01": "5"', "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("5", "is JSON of another shape"),
        ("null", "is JSON of another shape"),
        ('"2024-03-01"', "is JSON of another shape"),
        ("[5, 6]", "is JSON of another shape"),
        ('[["2024-03-01", "5"]]', "is JSON of another shape"),
        ('[{"Date": "2024-03-01", "Difficulty": "5"}, 6]', "is JSON of another shape"),
    ],
    ids=["empty", "yaml", "cut off", "deep", "5", "null", "text", "numbers", "pairs", "mixed"],
)
def test_a_file_of_another_kind_is_refused_with_what_is_expected(
    db: Connection, url: str, tmp_path: Path, content: str, told: str
) -> None:
    path = file_of(tmp_path, content)
    done = cli(url, "sync", "--from-file", path, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {path} {told}" in done.stderr
    assert 'Expected {"2025-03-01": "110568428300952", ...}' in done.stderr
    assert_nothing_half_written(db)


def test_a_missing_file_a_directory_and_another_encoding_are_refused(
    db: Connection, url: str, tmp_path: Path
) -> None:
    done = cli(url, "sync", "--from-file", tmp_path / "nowhere.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: there is no file {tmp_path / 'nowhere.json'}" in done.stderr
    latin = tmp_path / "latin.json"
    latin.write_bytes('{"2024-03-01": "5", "é": "5"}'.encode("latin-1"))
    for path in (tmp_path, latin):
        with pytest.raises(UsageError, match="cannot be read"):
            sync_file(db, path, Settings())


def test_the_real_month_gives_every_date_but_the_one_it_lacks(
    db: Connection, url: str, shared_data: Path
) -> None:
    done = cli(url, "sync", "--from-file", shared_data / "difficulty_2022-01.json")
    assert (done.returncode, done.stderr) == (0, "")
    january = [date(2022, 1, day) for day in range(1, 32) if day != 9]
    assert list(stored(db)) == january
    assert stored(db)[date(2022, 1, 1)] == 24272331996980
    assert changed_days(db) == january


def test_the_real_year_has_one_epoch_for_the_value_it_writes_two_ways(
    db: Connection, url: str, shared_data: Path
) -> None:
    done = cli(url, "sync", "--from-file", shared_data / "difficulty_2024.json")
    assert done.returncode == 0
    assert "366 items read, 366 dates new or changed, 0 refused" in done.stdout
    assert done.stderr.count(f"another notation of {EPOCH}, which is used") == 8
    assert done.stderr.count("suspect: ") == 3  # of the 81 dates that have another's epoch
    assert done.stderr.count("\n") == 11
    epoch = [day for day, number in stored(db).items() if number == EPOCH]
    assert (epoch[0], epoch[-1], len(epoch)) == (date(2024, 3, 14), date(2024, 3, 28), 15)
    assert not any(number == 83947913181362 for number in stored(db).values())
