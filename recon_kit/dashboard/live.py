"""What viewers are told while they watch: one look at the database, twice a second, for all."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import psycopg

from recon_kit.dashboard.pages import EVENTS, Pages
from recon_kit.dashboard.state import SHARE
from recon_kit.dashboard.templates import draw
from recon_kit.db import options_for, query, translate
from recon_kit.log import logger
from recon_kit.reading import hang_up

INTERVAL = 0.5
"""Seconds between two looks, unless they take long; an event is seen to at once."""

SECONDS_TO_LOOK = 15.0
"""How long one may take; then the database is taken to be gone."""

VIEWERS, VIEWERS_OF_ONE = 100, 20
"""Streams at most, and for one client: a session, or an address without one."""

QUIET = 15.0
"""Seconds after which a viewer is sent a sign of life."""

GONE = "The database cannot be reached; trying again."

AsyncConnection = psycopg.AsyncConnection[dict[str, Any]]


class Board:
    """The latest news by subject. Whoever falls behind gets the latest, not all of them.

    Args:
        url: Where the database is.
        pages: What draws the pages that the viewers see.
    """

    def __init__(self, url: str, pages: Pages) -> None:
        self._url, self._pages = url, pages
        self._told: dict[str, str] = {}
        self._news = asyncio.Event()
        self._viewers: Counter[str] = Counter()
        self._connection: AsyncConnection | None = None
        self._watch: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._changed_at = 0.0

    def close(self) -> None:
        """Ends what viewers follow; any thread may call it."""
        self._closed = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake)
            self._loop.call_soon_threadsafe(self._hang_up)

    def has_room(self, client: str) -> bool:
        """Whether this client may follow too."""
        return self._viewers.total() < VIEWERS and self._viewers[client] < VIEWERS_OF_ONE

    async def follow(self, client: str) -> AsyncIterator[str]:
        """The news as they come, as text/event-stream, until the viewer is gone."""
        self._loop = asyncio.get_running_loop()
        self._viewers[client] += 1
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look_again_and_again())
            self._watch.add_done_callback(lambda _: self._wake())
        seen: dict[str, str] = {}
        try:
            yield "retry: 1000\n\n"
            while not self._closed:
                news = self._news
                if self._watch.done():
                    self._watch.result()
                for subject, text in list(self._told.items()):
                    if seen.get(subject) != text:
                        seen[subject] = text
                        yield _as_event(subject, text)
                try:
                    await asyncio.wait_for(news.wait(), QUIET)
                except TimeoutError:
                    yield ":\n\n"
        finally:
            self._viewers -= Counter([client])
            if not self._viewers:
                self._watch.cancel()
                self._watch = None
                self._told.clear()

    def _tell(self, subject: str, text: str) -> None:
        if self._told.get(subject) != text:
            self._told[subject] = text
            self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _look_again_and_again(self) -> None:
        while not self._closed:
            try:
                await self._watch_the_database()
            except psycopg.Error as error:
                if self._closed:
                    return  # it hung up by itself
                if self._told.get("database") != GONE:
                    logger.warning("database lost", reason=translate(error).message)
                self._tell("database", GONE)
            await asyncio.sleep(1)

    async def _watch_the_database(self) -> None:
        options: dict[str, Any] = {**options_for(self._url), "application_name": "recon-kit watch"}
        async with await psycopg.AsyncConnection.connect(self._url, **options) as connection:
            self._connection = connection
            await connection.set_read_only(True)
            await connection.execute(query("session_settings"))
            await connection.execute(query("listen_events"))
            while True:
                before = time.monotonic()
                late = asyncio.get_running_loop().call_later(SECONDS_TO_LOOK, self._hang_up)
                await self._look(connection)
                late.cancel()
                wait = max(INTERVAL, SHARE * (time.monotonic() - before))
                async for _ in connection.notifies(timeout=wait, stop_after=1):
                    pass

    def _hang_up(self) -> None:
        if self._connection is not None:
            hang_up(self._connection)

    async def _look(self, connection: AsyncConnection) -> None:
        async with connection.transaction():
            await connection.execute(query("transaction_settings"))
            stamp = (await _rows(connection, "state_stamp"))[0]["stamp"]
            runs = await _rows(connection, "runs_in_progress")
            events = await _rows(connection, "latest_events", limit=EVENTS)
        self._tell("database", "")
        self._tell("run", draw("run", runs=runs))
        self._tell("events", draw("events", events=events))
        now = time.monotonic()
        if now - self._changed_at >= self._pages.seconds_to_draw * SHARE:
            self._changed_at = now
            self._tell("stamp", stamp)


async def _rows(connection: AsyncConnection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    return await (await connection.execute(query(name), parameters)).fetchall()


def _as_event(subject: str, text: str) -> str:
    lines = "".join(f"data: {line}\n" for line in text.split("\n"))
    return f"event: {subject}\n{lines}\n"
