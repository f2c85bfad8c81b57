"""Events as they happen, for whoever listens and for webhooks, each told once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import psycopg

from recon_kit.db import Connection, connect, one, query, rows, translate
from recon_kit.errors import ReconError
from recon_kit.log import logger
from recon_kit.pool import is_lost
from recon_kit.webhook import Webhook

Event = dict[str, Any]
"""An event as recon.event_document has it."""

OVERLAP = timedelta(minutes=1)
"""How far back to look again for an event whose transaction was long to commit."""

LOOK_AGAIN, RETRY = 10.0, 60.0
"""Seconds until the rows are looked at although nothing was heard, and until a webhook that
failed is tried again."""

UNKNOWN = (psycopg.errors.InvalidParameterValue, psycopg.errors.ForeignKeyViolation)
"""What the database says to a webhook that somebody has removed meanwhile."""

REMEMBERED = 10_000
"""Events remembered as told, each by its number and its time: a restored database gives numbers
again."""


def post(connection: Connection, webhook: Webhook, stop: threading.Event | None = None) -> int:
    """Posts what is due to a webhook, in as many posts as it takes; returns the number of events.

    Somebody else may be at it: then there is nothing to do here.

    Raises:
        ReconError: A post was not taken; it is sent again the next time.
    """
    posted = 0
    lock = one(connection, "lock_posts", webhook=webhook.name)
    if not lock["is_ours"]:
        return posted
    try:
        due = {
            "severity": webhook.severity,
            "since": webhook.since,
            "max_events": webhook.max_events,
            "webhook": webhook.name,
            "public_url": webhook.public_url,
        }
        while claimed := rows(connection, "claim_post", **due):
            (found,) = claimed
            webhook.send(found["webhook_id"], found["message"], found["events"], stop)
            done = {"post_id": found["post_id"], "webhook": webhook.name}
            connection.execute(query("finish_post"), done)
            posted += len(found["events"])
    finally:
        if not connection.broken:
            connection.execute(query("unlock_posts"), {"advisory_key": lock["advisory_key"]})
    return posted


class Listener:
    """Tells each event, and has a webhook told, across lost connections.

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
                post(connection, self._webhook, self.stop)

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
        except (ReconError, *UNKNOWN) as error:
            if self.stop.is_set():
                return
            known = error if isinstance(error, ReconError) else translate(error)
            logger.warning(
                "webhook failed",
                webhook=self._webhook.name,
                reason=known.message,
                next_try_in_seconds=RETRY,
            )
            self._post_at = time.monotonic() + RETRY


def run_all(listeners: Sequence[Listener], *, once: bool = False) -> None:
    """Has them listen, or look once, each by itself: none waits for the webhook of another.

    Raises:
        ReconError: One of them failed. The others have ended too: by themselves where they look
            once, else as they were told to.
    """
    with ThreadPoolExecutor(len(listeners)) as threads:
        futures = [threads.submit(each.once if once else each.run) for each in listeners]
        left = set(futures)
        try:
            while left and (once or len(left) == len(futures)):
                # Not for longer: a signal is seen to once the main thread does something.
                left = wait(left, timeout=1, return_when=FIRST_COMPLETED).not_done
        finally:
            for each in listeners:
                each.stop.set()
    for future in futures:
        future.result()
