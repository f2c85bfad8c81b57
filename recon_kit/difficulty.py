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
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError
from psycopg.types.json import Jsonb

from recon_kit.db import Connection, one, rows
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
        item_id: Its key; None where it has none, and of a value stored by an earlier sync.
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
    with _translated_errors(settings):
        client = _client(settings)
    reader = {
        "endpoint": client.meta.endpoint_url,
        "attributes": [settings.dynamodb_id, settings.dynamodb_date, settings.dynamodb_difficulty],
    }

    def pages(resume_key: dict[str, Any] | None) -> Iterator[Page]:
        with _translated_errors(settings):
            yield from _scan(client, settings, resume_key)

    source = f"dynamodb:{settings.dynamodb_table}"
    return _sync(connection, source, settings.date_format, reader, pages, progress)


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
        {},
        lambda _: iter([Page(items, None)]),
        lambda _: None,
    )


def check_table(settings: Settings) -> None:
    """Asks for one item of the table, once and without patience.

    Raises:
        ReconError: The table, the credentials or the service is not there.
    """
    with _translated_errors(settings):
        client = _client(settings, attempts=1)
        client.scan(TableName=settings.dynamodb_table, Limit=1)


def _sync(
    connection: Connection,
    source: str,
    date_format: str,
    reader: dict[str, Any],
    pages: Callable[[dict[str, Any] | None], Iterator[Page]],
    progress: Callable[[int], None],
) -> Sync:
    start = one(connection, "start_sync", source=source)
    while start["resume_key"] and start["resume_key"]["reader"] != reader:
        # What broke off was read elsewhere, or from other attributes: begin anew.
        _add_page(connection, start["sync_id"], reader, Page([], None))
        start = one(connection, "start_sync", source=source)
    sync_id, items, resumed = start["sync_id"], start["items"], start["resume_key"] is not None
    for page in pages(start["resume_key"]["key"] if resumed else None):
        _add_page(connection, sync_id, reader, page)
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
        resumed=resumed,
        findings=[Finding(**finding) for finding in findings],
    )


def _add_page(connection: Connection, sync_id: int, reader: dict[str, Any], page: Page) -> None:
    key = Jsonb({"reader": reader, "key": page.resume_key}) if page.resume_key else None
    items = Jsonb([asdict(item) for item in page.items])
    one(connection, "add_sync_page", sync_id=sync_id, items=items, resume_key=key)


def _client(settings: Settings, attempts: int = MAX_ATTEMPTS) -> DynamoDBClient:
    config = Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=10,
        read_timeout=30,
    )
    try:
        return boto3.client(
            "dynamodb",
            region_name=settings.dynamodb_region,
            endpoint_url=settings.dynamodb_endpoint,
            config=config,
        )
    except BotoCoreError:
        raise
    except ValueError as error:
        hint = "Write --endpoint (RECON_DYNAMODB_ENDPOINT) as a URL, such as http://127.0.0.1:8000."
        raise UsageError(str(error), hint) from error


def _scan(
    client: DynamoDBClient, settings: Settings, resume_key: dict[str, Any] | None
) -> Iterator[Page]:
    names = (settings.dynamodb_id, settings.dynamodb_date, settings.dynamodb_difficulty)
    aliases = {f"#{n}": name for n, name in enumerate(dict.fromkeys(names))}
    start = {"ExclusiveStartKey": resume_key} if resume_key else {}
    pages = client.get_paginator("scan").paginate(
        TableName=settings.dynamodb_table,
        ProjectionExpression=", ".join(aliases),
        ExpressionAttributeNames=aliases,
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
    return _storable(value) if kind in ("S", "N") else json.dumps(value, default=str)


def _storable(text: str) -> str:
    """The text, with marks in place of what PostgreSQL cannot store."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


class _Object(list[tuple[str, Any]]):
    """A JSON object as pairs: a date that stands there twice must be seen twice."""


def _read_file(path: Path, settings: Settings) -> list[Item]:
    expected = 'Expected {"2025-03-01": "110568428300952", ...} or a list of such items.'
    try:
        content = json.loads(
            path.read_text(encoding="utf-8-sig"),
            parse_float=str,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=_Object,
        )
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}", "Check the path.") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {error}", expected) from error

    if isinstance(content, _Object):
        dates = ((_storable(date), _json_text(value)) for date, value in content)
        return [Item(date, date, value) for date, value in dates]
    if isinstance(content, list) and all(isinstance(entry, _Object) for entry in content):
        names = (settings.dynamodb_id, settings.dynamodb_date, settings.dynamodb_difficulty)
        return [Item(*(_json_text(dict(entry).get(name)) for name in names)) for entry in content]
    raise UsageError(f"{path} is JSON of another shape", expected)


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    return _storable(value if isinstance(value, str) else json.dumps(value))


_THROTTLED = "Run sync again: it goes on where it stopped. Or raise the table's read capacity."
_HINTS = {
    "ResourceNotFoundException": "Name it with --table and --region "
    "(RECON_DYNAMODB_TABLE, RECON_DYNAMODB_REGION).",
    "ProvisionedThroughputExceededException": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "AccessDeniedException": "The credentials need dynamodb:Scan on this table.",
    "NoCredentialsError": "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
    "NoRegionError": "Set RECON_DYNAMODB_REGION or AWS_DEFAULT_REGION.",
}
"""The next step, by boto3's code or class."""


@contextmanager
def _translated_errors(settings: Settings) -> Iterator[None]:
    """boto3's errors in words a person can act on, by their code or class."""
    table = settings.dynamodb_table
    where = settings.dynamodb_endpoint or settings.dynamodb_region or "the default AWS region"
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        hint = _HINTS.get(code, "Check the AWS credentials, the region and the table.")
        if code == "ResourceNotFoundException":
            message = f"DynamoDB has no table {table!r} at {where}"
        elif hint == _THROTTLED:
            message = f"DynamoDB throttled the scan of {table!r} {MAX_ATTEMPTS} times in a row"
        else:
            reason = error.response["Error"].get("Message", "no reason given")
            message = f"DynamoDB refused to read {table!r} at {where}: {code}: {reason}"
        raise ReconError(message, hint) from error
    except BotoCoreError as error:
        hint = "Check the AWS credentials, the region and the table."
        if isinstance(error, UnreachableError | HTTPClientError):
            hint = f"Check that {where} can be reached; then run sync again."
        raise ReconError(
            f"DynamoDB table {table!r} cannot be read: {error}",
            _HINTS.get(type(error).__name__, hint),
        ) from error
