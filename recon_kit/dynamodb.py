"""The table of difficulties in DynamoDB, read in segments and with patience."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import urllib3
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from pybreaker import (
    STATE_CLOSED,
    STATE_OPEN,
    CircuitBreaker,
    CircuitBreakerError,
    CircuitBreakerListener,
    CircuitBreakerState,
)
from tenacity import Retrying, retry_if_exception, stop_before_delay, stop_when_event_set
from tenacity.nap import sleep_using_event

from recon_kit.aws import client, may_pass, translated_errors
from recon_kit.deadline import within
from recon_kit.errors import ReconError
from recon_kit.settings import Settings

FAILURES = 3
"""Pages in a row that fail for all their tries until the circuit opens."""
PAUSE = 15.0
"""Seconds that an open circuit lets nothing through; then one page is tried."""
SHORTEST, LONGEST = 5.0, 60.0
"""Seconds that a request may take in all, as far as the budget of its page goes."""
LARGEST_ANSWER = 16 * 2**20
"""Bytes. A page of DynamoDB is 1 MB, which is some more as JSON."""

Key = dict[str, Any]
"""Where a segment goes on: DynamoDB's LastEvaluatedKey; empty at its beginning."""


@dataclass(frozen=True)
class Item:
    """One item as its source has it: texts, or None where absent."""

    item_id: str | None
    date_text: str | None
    difficulty_text: str | None


@dataclass(frozen=True)
class Page:
    """Some items, and where each segment goes on after them (None: it is read)."""

    items: list[Item]
    keys: list[Key | None]


class Table:
    """The table that the settings name.

    Args:
        settings: Table, attributes, endpoint and budget.
        note: Called with a sentence when the circuit opens, and when it closes again.
        attempts: Tries of boto3 per request; None for the usual ones.
        stop: Once set, nothing is waited for any more.

    Raises:
        ReconError: There are no credentials or no region.
        UsageError: The endpoint is not a URL.
    """

    def __init__(
        self,
        settings: Settings,
        note: Callable[[str], None] = lambda _: None,
        attempts: int | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._settings = settings
        with translated_errors(settings):
            self._client = client(settings, attempts)
        self.endpoint = self._client.meta.endpoint_url
        self._over, self._stop = threading.Event(), stop or threading.Event()
        self._page = threading.local()
        events: Any = self._client.meta.events
        events.register("before-send.dynamodb", self._send)
        self._circuit = _Circuit(note)
        self._breaker = CircuitBreaker(
            fail_max=FAILURES,
            reset_timeout=PAUSE,
            exclude=[lambda error: not may_pass(error)],
            listeners=[self._circuit],
            throw_new_error_on_trip=False,
        )

    def describe(self) -> dict[str, Any]:
        """What DynamoDB says of the table; its counts are some hours old."""
        name = self._settings.dynamodb_table
        with translated_errors(self._settings):
            told = self._client.describe_table(TableName=name)["Table"]
        return {
            "endpoint": self.endpoint,
            "table": name,
            "status": told["TableStatus"],
            "key": ", ".join(key["AttributeName"] for key in told["KeySchema"]),
            "described_items": told.get("ItemCount"),
            "described_bytes": told.get("TableSizeBytes"),
        }

    def probe(self) -> None:
        """Asks for one item.

        Raises:
            ReconError: The table cannot be read.
        """
        with translated_errors(self._settings):
            self._client.scan(TableName=self._settings.dynamodb_table, Limit=1)

    def attributes(self) -> list[str]:
        """The names of the attributes of one of the items."""
        with translated_errors(self._settings):
            page = self._client.scan(TableName=self._settings.dynamodb_table, Limit=1)
        return sorted(name for item in page["Items"] for name in item)

    def pages(self, keys: list[Key | None]) -> Iterator[Page]:
        """The pages of all segments as they arrive, each segment being read by a thread.

        Args:
            keys: Where each segment begins.

        Raises:
            ReconError: A page cannot be read, or not within the budget.
        """
        keys = list(keys)
        with (
            translated_errors(self._settings),
            ThreadPoolExecutor(len(keys)) as threads,
            self._ending_patience(),
        ):
            reading = {
                threads.submit(self._read, n, len(keys), key): n
                for n, key in enumerate(keys)
                if key is not None
            }
            while reading:
                for future in wait(reading, return_when=FIRST_COMPLETED).done:
                    segment = reading.pop(future)
                    items, key = future.result()
                    keys[segment] = key
                    yield Page(items, list(keys))
                    if key is not None:
                        reading[threads.submit(self._read, segment, len(keys), key)] = segment

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        """Sends a request as boto3 would, but within a time in all, and reads so much at most.

        The time limits of boto3 count from the last byte, and an answer has no largest size.

        Raises:
            HTTPClientError: There was no answer in time; boto3 tries again.
            ReconError: It is not waited for any more, or the answer is no page.
        """
        until = getattr(self._page, "until", None)
        left = LONGEST if until is None else until - time.monotonic()
        try:
            return within(
                min(max(left, SHORTEST), LONGEST),
                lambda: self._exchange(request),
                is_wanted=self._is_wanted,
            )
        except TimeoutError as error:
            if not self._is_wanted():
                raise ReconError("DynamoDB is not waited for any more") from error
            raise ReadTimeoutError(endpoint_url=request.url) from error

    def _is_wanted(self) -> bool:
        return not (self._over.is_set() or self._stop.is_set())

    def _exchange(self, request: Any) -> AWSResponse:
        request.stream_output = True
        answer = self._client._endpoint.http_session.send(request)  # type: ignore[attr-defined]
        until, body = time.monotonic() + LONGEST, b""
        with closing(answer.raw):
            for chunk in answer.raw.stream(65536):
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    lack = f"what {self.endpoint} sends is no page: it has more than 16 MB"
                    raise ReconError(lack, "Check --endpoint (RECON_DYNAMODB_ENDPOINT).")
                if time.monotonic() > until:
                    raise ReadTimeoutError(endpoint_url=request.url)
        raw = urllib3.HTTPResponse(io.BytesIO(body), preload_content=False)
        return AWSResponse(answer.url, answer.status_code, answer.headers, raw)

    @contextmanager
    def _ending_patience(self) -> Iterator[None]:
        """Afterwards, whatever the reason, no thread waits any longer for another try."""
        try:
            yield
        finally:
            self._over.set()

    def _read(self, segment: int, segments: int, key: Key) -> tuple[list[Item], Key | None]:
        """A page of a segment; a failure that may pass is tried again within the budget."""
        patience = Retrying(
            retry=retry_if_exception(may_pass),
            wait=lambda _: PAUSE if self._breaker.current_state == STATE_OPEN else 0,
            stop=stop_before_delay(self._settings.dynamodb_budget)
            | stop_when_event_set(self._over)
            | stop_when_event_set(self._stop),
            sleep=sleep_using_event(self._over),
            reraise=True,
        )
        self._page.until = time.monotonic() + self._settings.dynamodb_budget
        try:
            return patience(self._scan, segment, segments, key)
        except CircuitBreakerError as error:
            raise self._circuit.failure_seen from error

    def _scan(self, segment: int, segments: int, key: Key) -> tuple[list[Item], Key | None]:
        s = self._settings
        names = (s.dynamodb_id, s.dynamodb_date, s.dynamodb_difficulty)
        aliases = {f"#{n}": name for n, name in enumerate(dict.fromkeys(names))}
        start = {"ExclusiveStartKey": key} if key else {}
        with self._breaker.calling():  # unlike call, it holds no lock meanwhile
            page = self._client.scan(
                TableName=s.dynamodb_table,
                ProjectionExpression=", ".join(aliases),
                ExpressionAttributeNames=aliases,
                Segment=segment,
                TotalSegments=segments,
                **start,  # type: ignore[arg-type]
            )
        items = [Item(*(_text(item.get(name)) for name in names)) for item in page["Items"]]
        return items, page.get("LastEvaluatedKey")


class _Circuit(CircuitBreakerListener):
    """Says when the circuit opens and closes, and keeps what made it open."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self.failure_seen: BaseException = ReconError("DynamoDB failed")

    def failure(self, _: CircuitBreaker, exc: BaseException) -> None:
        self.failure_seen = exc

    def state_change(
        self, _: CircuitBreaker, __: CircuitBreakerState | None, new_state: CircuitBreakerState
    ) -> None:
        if new_state.name == STATE_OPEN:
            self._note(f"DynamoDB circuit open, trying again in {PAUSE:g} s: {self.failure_seen}")
        elif new_state.name == STATE_CLOSED:
            self._note("DynamoDB circuit closed: it answers again")


def _text(attribute: Any) -> str | None:
    """An attribute as text: strings and numbers as written, anything else as JSON."""
    if attribute is None or "NULL" in attribute:
        return None
    kind, value = next(iter(attribute.items()))
    return storable(value) if kind in ("S", "N") else json.dumps(value, default=str)


def storable(text: str) -> str:
    """The text, with marks in place of what PostgreSQL cannot store."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
