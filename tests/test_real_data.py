"""Real records and real difficulty, end to end, against figures that were published."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import boto3
import pytest

from recon_kit.db import Connection
from recon_kit.difficulty import sync_dynamodb, sync_file
from recon_kit.load import load
from recon_kit.local import local_dynamodb
from recon_kit.settings import Settings
from tests import oracle
from tests.world import kinds, reconcile, record, value

NEW_YEAR = date(2022, 1, 1)
SPECS = {
    "S19J_PRO": (Decimal(100), Decimal(3050)),
    "S9": (Decimal("13.5"), Decimal(1323)),
    "M20S": (Decimal(68), Decimal(3360)),
}


@pytest.fixture(scope="module")
def dynamodb(shared_data: Path) -> Iterator[Settings]:
    """A DynamoDB that holds January 2022 as the platform held it."""
    with local_dynamodb() as endpoint, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        client = boto3.client("dynamodb", endpoint_url=endpoint, region_name="eu-west-2")
        client.create_table(
            TableName="difficulties",
            KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        values = json.loads((shared_data / "difficulty_2022-01.json").read_text())
        for day, difficulty in values.items():
            client.put_item(
                TableName="difficulties",
                Item={"ID": {"S": day}, "Date": {"S": day}, "Difficulty": {"N": difficulty}},
            )
        yield Settings(dynamodb_endpoint=endpoint, dynamodb_region="eu-west-2")


@pytest.fixture
def new_year(db: Connection, dynamodb: Settings, shared_data: Path) -> Connection:
    """New Year's Day 2022, loaded and reconciled."""
    assert load(db, shared_data / "curtailment_2022-01-01.csv").loaded == 1_942
    assert sync_dynamodb(db, dynamodb).changed == 30
    assert reconcile(db)["outcome"] == "complete"
    return db


def test_new_years_day_2022(new_year: Connection) -> None:
    db = new_year
    assert value(db, "select sum(abs(volume)) from curtailment_records") == Decimal("65843.727")
    assert value(db, "select count(*) from historical_bitcoin_calculations") == 5_826
    assert value(
        db, "select array_agg(distinct difficulty) from historical_bitcoin_calculations"
    ) == [Decimal(24272331996980)]
    assert value(
        db,
        "select array_agg(distinct block_reward_btc) from recon.mining_rates"
        " where settlement_date = '2022-01-01'",
    ) == [Decimal("6.25")]
    totals = {
        row["miner_model"]: row["bitcoin_mined"]
        for row in db.execute("select miner_model, bitcoin_mined from bitcoin_daily_summaries")
    }
    assert {model: oracle.rounded(btc, "0.01") for model, btc in totals.items()} == {
        "S19J_PRO": Decimal("465.94"),
        "S9": Decimal("145.01"),
        "M20S": Decimal("287.60"),
    }


def test_every_row_and_sum_of_it_equals_the_oracle(new_year: Connection) -> None:
    oracle.assert_consistent(new_year)


def test_a_day_without_difficulty_blocks_itself_and_nothing_else(new_year: Connection) -> None:
    db = new_year
    before = oracle.stored(db)
    record(db, date(2022, 1, 9))
    record(db, date(2022, 1, 10))
    assert reconcile(db)["outcome"] == "incomplete"
    problems = db.execute(
        "select settlement_date, reason from recon.days where outcome = 'blocked'"
    )
    assert [tuple(row.values()) for row in problems] == [(date(2022, 1, 9), "no difficulty")]
    assert kinds(db) == {"blocked": 3}
    assert len(oracle.stored(db)) == len(before) + 3
    oracle.assert_consistent(db)


def test_reference_days_are_reproduced(db: Connection, shared_data: Path) -> None:
    with (shared_data / "reference_days.csv").open() as file:
        published = list(csv.DictReader(file))
    assert len(published) == 3
    for row in published:
        day = date.fromisoformat(row["settlement_date"])
        db.execute(
            "insert into recon.network_difficulties (settlement_date, difficulty) values (%s, %s)",
            (day, row["difficulty"]),
        )
        left, farm = Decimal(row["mwh"]), 0
        while left > 0:
            record(db, day, 1 + farm % 48, f"T_FARM-{farm}", -min(left, Decimal(5_000)))
            left, farm = left - min(left, Decimal(5_000)), farm + 1
    assert reconcile(db)["outcome"] == "complete"
    for row in published:
        for model in SPECS:
            printed = row[f"published_{model.lower()}"]
            btc = value(
                db,
                "select bitcoin_mined from bitcoin_daily_summaries"
                " where summary_date = %s and miner_model = %s",
                row["settlement_date"],
                model,
            )
            ours, theirs = oracle.rounded(btc, printed), Decimal(printed)
            assert ours == theirs or abs(btc / theirs - 1) <= Decimal("2e-6"), (row, model, btc)


def test_a_file_of_difficulties_serves_as_well(db: Connection, shared_data: Path) -> None:
    done = sync_file(db, shared_data / "difficulty_2022-01.json", Settings())
    assert (done.items, done.changed, done.refused) == (30, 30, 0)
