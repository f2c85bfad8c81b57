"""Events as they happen, for whoever listens and for a webhook, each told once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.request import getproxies, proxy_bypass

import psycopg
import urllib3

from recon_kit.db import Connection, connect, one, query, rows
from recon_kit.errors import ReconError, UsageError
from recon_kit.log import logger
from recon_kit.pool import is_lost

Event = dict[str, Any]
"""An event as recon.event_document has it."""

OVERLAP = timedelta(minutes=1)
"""How far back to look again for an event whose transaction was long to commit."""

LOOK_AGAIN, RETRY = 10.0, 60.0
"""Seconds until the rows are looked at although nothing was heard, and until a webhook that
failed is tried again."""

ENCODED = "whsec_"
"""What a key in base64 begins with."""

REMEMBERED = 10_000
"""Events remembered as told."""


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
    """

    url: str
    secret: str | None = None
    severity: str = "warning"
    since: timedelta = timedelta(days=1)
    max_events: int = 20

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

    def send(self, post_id: int, text: str, events: list[Event]) -> None:
        """Posts, five times at most, with the headers of standardwebhooks.com.

        Raises:
            ReconError: It was not taken.
        """
        body = json.dumps({"text": text, "events": events})
        headers = {"content-type": "application/json", "webhook-id": f"recon-{post_id}"}
        headers["webhook-timestamp"] = str(int(time.time()))
        key = self._key()
        if key is not None:
            signed = ".".join([headers["webhook-id"], headers["webhook-timestamp"], body])
            mac = hmac.digest(key, signed.encode(), hashlib.sha256)
            headers["webhook-signature"] = f"v1,{base64.b64encode(mac).decode()}"
        retries = urllib3.Retry(
            total=4,
            redirect=0,
            backoff_factor=0.5,
            backoff_jitter=0.5,
            allowed_methods=None,
            status_forcelist=[408, 429, 500, 502, 503, 504],
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        try:
            answer = self._http().request(
                "POST", self.url, body=body, headers=headers, retries=retries, timeout=10.0
            )
        except urllib3.exceptions.HTTPError as error:
            cause = getattr(error, "reason", None) or error
            raise ReconError(f"the webhook cannot be reached: {type(cause).__name__}") from error
        if not 200 <= answer.status < 300:
            raise ReconError(f"the webhook answered {answer.status}: {answer.data[:200]!r}")


def post(connection: Connection, webhook: Webhook) -> int:
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
            webhook.send(found["post_id"], found["message"], found["events"])
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
        stop: Once set, it ends within a second, or after the post that it is at.
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
        self._told: dict[int, None] = {}

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
        with connect(self._url) as connection:
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
        if event["event_id"] in self._told:
            return
        self._told[event["event_id"]] = None
        if len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]
        self._tell(event)

    def _post(self, connection: Connection) -> None:
        if self._webhook is None or time.monotonic() < self._post_at:
            return
        try:
            post(connection, self._webhook)
        except ReconError as error:
            logger.warning("webhook failed", reason=error.message, next_try_in_seconds=RETRY)
            self._post_at = time.monotonic() + RETRY
