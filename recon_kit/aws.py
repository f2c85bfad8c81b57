"""A client of DynamoDB, and boto3's errors in words that a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as UnreachableError
from pybreaker import CircuitBreakerError

from recon_kit.errors import ReconError, UsageError
from recon_kit.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ATTEMPTS = 4
"""Tries of boto3 per page. It waits twice as long after each, with jitter, at most 20 s."""

_THROTTLED = "Run sync again: it goes on where it stopped. Or raise the table's read capacity."
_REGION = "Set RECON_DYNAMODB_REGION or AWS_DEFAULT_REGION."
_HINTS = {
    "ResourceNotFoundException": "Name it with --table and --region "
    "(RECON_DYNAMODB_TABLE, RECON_DYNAMODB_REGION).",
    "ProvisionedThroughputExceededException": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "AccessDeniedException": "The credentials need dynamodb:Scan on this table, and for "
    "check-dynamo dynamodb:DescribeTable.",
    "NoCredentialsError": "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
    "NoRegionError": _REGION,
    "InvalidRegionError": _REGION,
}
"""The next step, by boto3's code or class."""


def client(settings: Settings, attempts: int | None) -> DynamoDBClient:
    """boto3 takes as long to import as all else together: only who talks to DynamoDB waits."""
    import boto3
    from botocore.config import Config

    if "@" in (settings.dynamodb_endpoint or ""):
        raise UsageError(
            "the endpoint of DynamoDB has credentials in it (it is not shown here, for them)",
            "Write it without them: boto3 finds AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    config = Config(
        retries={"mode": "standard", "total_max_attempts": attempts or MAX_ATTEMPTS},
        connect_timeout=10,
        read_timeout=30,
        max_pool_connections=100,
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
        if settings.dynamodb_endpoint is None:
            raise UsageError("the AWS region is empty", _HINTS["NoRegionError"]) from error
        hint = "Write --endpoint (RECON_DYNAMODB_ENDPOINT) as a URL, such as http://127.0.0.1:8000."
        raise UsageError(str(error), hint) from error


def may_pass(error: BaseException) -> bool:
    """Whether trying again can help: throttled, a server that fails, no connection."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or _HINTS.get(error.response["Error"]["Code"]) == _THROTTLED
    return isinstance(error, UnreachableError | HTTPClientError | CircuitBreakerError)


@contextmanager
def translated_errors(settings: Settings) -> Iterator[None]:
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
