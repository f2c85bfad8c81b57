"""Difficulty from DynamoDB or a file into recon.network_difficulties."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from psycopg.types.json import Jsonb

from recon_kit.db import Connection, one, query, rows
from recon_kit.errors import ReconError, UsageError
from recon_kit.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ATTEMPTS = 10
"""Tries per page. boto3 waits twice as long after each, with jitter, at most 20 s."""


@dataclass(frozen=True)
class Item:
    """One item as its source has it: texts, or None where absent."""

    item_id: str | None
    date_text: str | None
    difficulty_text: str | None


@dataclass(frozen=True)
class Page:
    """Some items, and the key that the next page begins at (None after the last)."""

    items: list[Item]
    resume_key: dict[str, Any] | None


@dataclass(frozen=True)
class Finding:
    """An item that was refused, or was another notation of a value.

    Attributes:
        finding: ``refused`` or ``notation``.
        explanation: Why, or which value was used.
    """

    finding: str
    item_id: str | None
    date_text: str | None
    difficulty_text: str | None
    explanation: str


@dataclass(frozen=True)
class Sync:
    """What a sync did: items read, dates whose value is new or other, and findings."""

    sync_id: int
    source: str
    items: int
    changed: int
    refused: int
    resumed: bool
    findings: list[Finding]


def sync_dynamodb(
    connection: Connection, settings: Settings, progress: Callable[[int], None] = lambda _: None
) -> Sync:
    """Scans the table page by page, each saved with its resume key, and applies it as a whole.

    Args:
        connection: Where to write.
        settings: Which table, and its attributes.
        progress: Called with the number of items read so far.

    Raises:
        ReconError: The table, the credentials or the service is not there; pages read so far
            are kept, and the next sync goes on from them.
    """

    def pages(resume_key: dict[str, Any] | None) -> Iterator[Page]:
        with _translated_errors(settings):
            yield from _scan(_client(settings), settings, resume_key)

    return _sync(
        connection, f"dynamodb:{settings.dynamodb_table}", settings.date_format, pages, progress
    )


def sync_file(connection: Connection, path: Path, settings: Settings) -> Sync:
    """Reads a JSON file: an object of dates and values, or a list of items.

    Raises:
        UsageError: The file is not there, not JSON, or of another shape.
    """
    items = _read_file(path, settings)
    return _sync(
        connection,
        f"file:{path.name}",
        settings.date_format,
        lambda _: iter([Page(items, None)]),
        lambda _: None,
    )


def _sync(
    connection: Connection,
    source: str,
    date_format: str,
    pages: Callable[[dict[str, Any] | None], Iterator[Page]],
    progress: Callable[[int], None],
) -> Sync:
    start = one(connection, "start_sync", source=source)
    sync_id, items = int(start["sync_id"]), int(start["items"])
    for page in pages(start["resume_key"]):
        connection.execute(
            query("add_sync_page"),
            {
                "sync_id": sync_id,
                "items": Jsonb([asdict(item) for item in page.items]),
                "resume_key": Jsonb(page.resume_key) if page.resume_key else None,
            },
        )
        items += len(page.items)
        progress(items)
    findings = rows(connection, "apply_sync", sync_id=sync_id, date_format=date_format)
    done = one(connection, "sync_result", sync_id=sync_id)
    return Sync(
        sync_id=sync_id,
        source=source,
        items=items,
        changed=done["changed"],
        refused=done["refused"],
        resumed=start["resume_key"] is not None,
        findings=[Finding(**finding) for finding in findings],
    )


def _client(settings: Settings) -> DynamoDBClient:
    return boto3.client(
        "dynamodb",
        region_name=settings.dynamodb_region,
        endpoint_url=settings.dynamodb_endpoint,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
            connect_timeout=10,
            read_timeout=30,
        ),
    )


def _scan(
    client: DynamoDBClient, settings: Settings, resume_key: dict[str, Any] | None
) -> Iterator[Page]:
    names = (settings.dynamodb_id, settings.dynamodb_date, settings.dynamodb_difficulty)
    start = {"ExclusiveStartKey": resume_key} if resume_key else {}
    pages = client.get_paginator("scan").paginate(
        TableName=settings.dynamodb_table,
        ProjectionExpression="#i, #t, #d",
        ExpressionAttributeNames=dict(zip(("#i", "#t", "#d"), names, strict=True)),
        **start,  # type: ignore[arg-type]
    )
    for page in pages:
        items = [Item(*(_text(item.get(name)) for name in names)) for item in page["Items"]]
        yield Page(items, page.get("LastEvaluatedKey"))


def _text(attribute: Any) -> str | None:
    """An attribute as text: strings and numbers as written, anything else as JSON."""
    if attribute is None or "NULL" in attribute:
        return None
    kind, value = next(iter(attribute.items()))
    return str(value) if kind in ("S", "N") else json.dumps(value, default=str)


def _read_file(path: Path, settings: Settings) -> list[Item]:
    expected = 'Expected {"2025-03-01": "110568428300952", ...} or a list of such items.'
    try:
        # Pairs, not a dict: a date that stands there twice must be seen twice.
        content = json.loads(
            path.read_text(encoding="utf-8"),
            parse_float=str,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=list,
        )
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}", "Check the path.") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", expected) from error

    if isinstance(content, list) and all(isinstance(entry, tuple) for entry in content):
        return [Item(date, date, _json_text(value)) for date, value in content]
    if isinstance(content, list) and all(isinstance(entry, list) for entry in content):
        names = (settings.dynamodb_id, settings.dynamodb_date, settings.dynamodb_difficulty)
        return [
            Item(*(_json_text(dict(entry).get(name)) for name in names))
            for entry in content
            if all(isinstance(pair, tuple) for pair in entry)
        ]
    raise UsageError(f"{path} is JSON of another shape", expected)


def _json_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, default=str)


@contextmanager
def _translated_errors(settings: Settings) -> Iterator[None]:
    """boto3's errors in words a person can act on, by their code."""
    table = settings.dynamodb_table
    where = settings.dynamodb_endpoint or settings.dynamodb_region or "the default AWS region"
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        hints = {
            "ResourceNotFoundException": "Name it with --table and --region "
            "(RECON_DYNAMODB_TABLE, RECON_DYNAMODB_REGION).",
            "ProvisionedThroughputExceededException": "Run sync again: it goes on where it "
            "stopped. Or raise the table's read capacity.",
            "AccessDeniedException": "The credentials need dynamodb:Scan on this table.",
        }
        message = {
            "ResourceNotFoundException": f"DynamoDB has no table {table!r} at {where}",
            "ProvisionedThroughputExceededException": f"DynamoDB throttled the scan of {table!r} "
            f"{MAX_ATTEMPTS} times in a row",
        }.get(code, f"DynamoDB refused to read {table!r} at {where}: {code}")
        raise ReconError(
            message, hints.get(code, "Check the AWS credentials and region.")
        ) from error
    except BotoCoreError as error:
        hint = {
            "NoCredentialsError": "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
            "NoRegionError": "Set RECON_DYNAMODB_REGION or AWS_DEFAULT_REGION.",
        }.get(type(error).__name__, f"Check that {where} can be reached; then run sync again.")
        raise ReconError(f"DynamoDB table {table!r} cannot be read: {error}", hint) from error
