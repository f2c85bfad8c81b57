"""A DynamoDB of the tests' own, with a table of difficulties, and files of them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest

from recon_kit.db import Connection
from recon_kit.difficulty import Sync, sync_dynamodb
from recon_kit.local import local_dynamodb
from recon_kit.settings import Settings
from tests.commands import call

Values = dict[date, Decimal]


REGION = "eu-west-2"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with local_dynamodb() as url:
        yield url


class Table:
    """A table of difficulties."""

    def __init__(self, endpoint: str, name: str, key: str = "ID") -> None:
        self.settings = Settings(
            dynamodb_endpoint=endpoint,
            dynamodb_table=name,
            dynamodb_budget=0,
        )
        self.endpoint, self.name, self.key = endpoint, name, key
        self.client = boto3.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        self.client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.count = 0

    def put(self, day: date | str | None, difficulty: Any, *, padding: int = 0) -> str:
        """Puts an item and returns its key; difficulty is a string or a typed attribute."""
        self.count += 1
        item: dict[str, Any] = {self.key: {"S": f"item-{self.count:05}"}}
        if day is not None:
            item[self.settings.dynamodb_date] = {"S": str(day)}
        if difficulty is not None:
            typed = difficulty if isinstance(difficulty, dict) else {"S": str(difficulty)}
            item[self.settings.dynamodb_difficulty] = typed
        if padding:
            item["Padding"] = {"S": "x" * padding}
        self.client.put_item(TableName=self.name, Item=item)
        return f"item-{self.count:05}"

    def sync(self, db: Connection, **settings: Any) -> Sync:
        return sync_dynamodb(db, replace(self.settings, **settings))


def cli(
    url: str, *arguments: object, **environment: str | None
) -> subprocess.CompletedProcess[str]:
    """`recon-kit ...` as a process of its own; None removes a variable."""
    given = {**os.environ, "DATABASE_URL": url, **environment}
    return call(
        [*map(str, arguments)], {name: text for name, text in given.items() if text is not None}
    )


def stored(db: Connection) -> Values:
    found = db.execute(
        "select settlement_date, difficulty from recon.network_difficulties order by 1"
    )
    return {row["settlement_date"]: row["difficulty"] for row in found}


def versions(db: Connection) -> dict[date, str]:
    found = db.execute(
        "select settlement_date, xmin::text || ctid::text as version"
        " from recon.network_difficulties"
    )
    return {row["settlement_date"]: row["version"] for row in found}


def file_of(tmp_path: Path, content: object, name: str = "difficulty.json") -> Path:
    path = tmp_path / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path
