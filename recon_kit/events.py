"""Events as they happen, for whoever listens and for a webhook, each told once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.request import getproxies, proxy_bypass

import psycopg
import urllib3

from recon_kit.db import Connection, connect, one, query, rows
from recon_kit.deadline import within
from recon_kit.errors import ReconError, UsageError
from recon_kit.log import logger
from recon_kit.plain import chat
from recon_kit.pool import is_lost

Event = dict[str, Any]
"""An event as recon.event_document has it."""

OVERLAP = timedelta(minutes=1)
"""How far back to look again for an event whose transaction was long to commit."""

LOOK_AGAIN, RETRY = 10.0, 60.0
"""Seconds until the rows are looked at although nothing was heard, and until a webhook that
failed is tried again."""

ANSWER_BYTES = 200
"""What is read of an answer, which may have no end."""

PASSING = (408, 429, 500, 502, 503, 504)
"""Answers after which another attempt may succeed."""

ENCODED = "whsec_"
"""What a key in base64 begins with."""

REMEMBERED = 10_000
"""Events remembered as told, each by its number and its time: a restored database gives numbers
again."""


@dataclass(frozen=True)
class Webhook:
    """Where events are posted.

    Attributes:
        url: What takes the posts; Slack and its likes read the ``text`` of one.
        secret: The key of the signature, in base64 after ``whsec_``, or as it is without; None for
            posts without one.
        severity: The least one that is posted.
        since: Older events are not posted.
        max_events: Events in a post at most.
        seconds: Time for a post in all, its attempts included.
    """

    url: str
    secret: str | None = None
    severity: str = "warning"
    since: timedelta = timedelta(days=1)
    max_events: int = 20
    seconds: float = 30

    def __post_init__(self) -> None:
        try:
            parsed = urllib3.util.parse_url(self.url)
        except urllib3.exceptions.LocationParseError:
            parsed = urllib3.util.Url()
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise UsageError(
                "the webhook is not a URL (it is not shown here, for the secret in it)",
                "Write it as https://host/path, in RECON_WEBHOOK.",
            )
        self._key()

    def _key(self) -> bytes | None:
        if self.secret is None or not self.secret.startswith(ENCODED):
            return self.secret.encode() if self.secret else None
        try:
            return base64.b64decode(self.secret.removeprefix(ENCODED), validate=True)
        except ValueError as error:
            raise UsageError(
                f"what follows {ENCODED} in RECON_WEBHOOK_SECRET is not base64",
                f"Copy it again from the receiver; a key of another making has no {ENCODED}.",
            ) from error

    def _http(self) -> urllib3.PoolManager:
        """The way there, through the proxy of the environment where it names one."""
        parsed = urllib3.util.parse_url(self.url)
        proxy = getproxies().get(parsed.scheme or "")
        if proxy and not proxy_bypass(parsed.host or ""):
            return urllib3.ProxyManager(proxy)
        return urllib3.PoolManager()

    def send(
        self,
        webhook_id: str,
        text: str,
        events: list[Event],
        stop: threading.Event | None = None,
    ) -> None:
        """Posts, five times at most, with the headers of standardwebhooks.com.

        Raises:
            ReconError: It was not taken, not in time, or is not wanted any more.
        """
        body = json.dumps({"text": chat(text), "events": events})
        headers = {"content-type": "application/json", "webhook-id": webhook_id}
        headers["webhook-timestamp"] = str(int(time.time()))
        key = self._key()
        if key is not None:
            signed = ".".join([headers["webhook-id"], headers["webhook-timestamp"], body])
            mac = hmac.digest(key, signed.encode(), hashlib.sha256)
            headers["webhook-signature"] = f"v1,{base64.b64encode(mac).decode()}"
        self._until_taken(body, headers, stop or threading.Event())

    def _until_taken(self, body: str, headers: dict[str, str], stop: threading.Event) -> None:
        """Tries again what may pass, within a time for all attempts."""
        until = time.monotonic() + self.seconds
        for wait in (0.5, 1.0, 2.0, 4.0, 0.0):
            left = until - time.monotonic()
            try:
                status, said = within(
                    left, lambda: self._exchange(body, headers), is_wanted=lambda: not stop.is_set()
                )
            except TimeoutError as error:
                lack = f"the webhook has not answered within {self.seconds:g} s"
                raise ReconError(lack) from error
            except urllib3.exceptions.HTTPError as error:
                failure = ReconError(f"the webhook cannot be reached: {type(error).__name__}")
                failure.__cause__ = error
            else:
                if 200 <= status < 300:
                    return
                failure = ReconError(f"the webhook answered {status}: {said!r}")
                if status not in PASSING:
                    break
            pause = wait * (1 + random.random())  # noqa: S311 - so that senders spread
            if time.monotonic() + pause >= until or stop.wait(pause):
                break
        raise failure

    def _exchange(self, body: str, headers: dict[str, str]) -> tuple[int, bytes]:
        """One attempt: the status, and the beginning of the answer. Redirects are not followed."""
        answer = self._http().request(
            "POST",
            self.url,
            body=body,
            headers=headers,
            retries=False,
            timeout=self.seconds,
            preload_content=False,
        )
        with closing(answer):
            return answer.status, answer.read(ANSWER_BYTES, decode_content=False)


def post(connection: Connection, webhook: Webhook, stop: threading.Event | None = None) -> int:
    """Posts what is due, in as many posts as it takes; returns the number of events.

    Somebody else may be at it: then there is nothing to do here.

    Raises:
        ReconError: A post was not taken; it is sent again the next time.
    """
    posted = 0
    if not one(connection, "lock_posts")["is_ours"]:
        return posted
    try:
        due = {
            "severity": webhook.severity,
            "since": webhook.since,
            "max_events": webhook.max_events,
        }
        while claimed := rows(connection, "claim_post", **due):
            (found,) = claimed
            webhook.send(found["webhook_id"], found["message"], found["events"], stop)
            connection.execute(query("finish_post"), {"post_id": found["post_id"]})
            posted += len(found["events"])
    finally:
        if not connection.broken:
            connection.execute(query("unlock_posts"))
    return posted


class Listener:
    """Tells each event, and has the webhook told, across lost connections.

    Args:
        url: Where the database is; not through a pooler that lends connections by transaction,
            or events are told up to ten seconds late.
        tell: Called with each event.
        webhook: What is told too.
        since: How far back the first events are.

    Attributes:
        stop: Once set, it ends within a second, a post that it is at being left for the next.
    """

    def __init__(
        self,
        url: str,
        tell: Callable[[Event], None],
        webhook: Webhook | None = None,
        since: timedelta = timedelta(0),
        stop: threading.Event | None = None,
    ) -> None:
        self.stop = stop or threading.Event()
        self._url, self._tell, self._webhook, self._since = url, tell, webhook, since
        self._looked_at = time.monotonic()
        self._post_at = time.monotonic()
        self._told: dict[tuple[int, str], None] = {}

    def run(self) -> None:
        """Listens until it is stopped.

        Raises:
            ReconError: The database refused something that waiting does not mend.
        """
        while not self.stop.is_set():
            try:
                self._listen()
            except (psycopg.Error, ReconError) as error:
                cause = error.__cause__ if isinstance(error, ReconError) else error
                if cause is None or not is_lost(cause):
                    raise
                logger.warning("connection lost", reason=str(error).splitlines()[0])
                self.stop.wait(1)

    def once(self) -> None:
        """Tells the events since then, and posts what is due.

        Raises:
            ReconError: The webhook did not take a post.
        """
        with connect(self._url) as connection:
            self._catch_up(connection)
            if self._webhook is not None:
                post(connection, self._webhook)

    def _listen(self) -> None:
        with connect(self._url, self.stop) as connection:
            connection.execute(query("listen_events"))
            while not self.stop.is_set():
                self._catch_up(connection)
                self._post(connection)
                self._wait(connection)

    def _wait(self, connection: Connection) -> None:
        """Until the rows are to be looked at again: what is heard says when, and not what.

        Whoever may connect can notify; only the kit writes events.
        """
        until = time.monotonic() + LOOK_AGAIN
        while not self.stop.is_set() and time.monotonic() < until:
            if list(connection.notifies(timeout=1, stop_after=1)):
                return

    def _catch_up(self, connection: Connection) -> None:
        now = time.monotonic()
        since = self._since + timedelta(seconds=now - self._looked_at)
        for row in rows(connection, "events_since", since=since):
            self._tell_once(row["event"])
        self._since, self._looked_at = OVERLAP, now

    def _tell_once(self, event: Event) -> None:
        key = (event["event_id"], event["happened_at"])
        if key in self._told:
            return
        self._told[key] = None
        if len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]
        self._tell(event)

    def _post(self, connection: Connection) -> None:
        if self._webhook is None or time.monotonic() < self._post_at:
            return
        try:
            post(connection, self._webhook, self.stop)
        except ReconError as error:
            logger.warning("webhook failed", reason=error.message, next_try_in_seconds=RETRY)
            self._post_at = time.monotonic() + RETRY
