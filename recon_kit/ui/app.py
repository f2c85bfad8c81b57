"""The application: it looks at the database once a second, and calls what was agreed to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual import work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from recon_kit.acts import ACTS, Act
from recon_kit.db import Connection, one
from recon_kit.errors import ReconError
from recon_kit.plain import visible
from recon_kit.pool import is_lost
from recon_kit.reading import Readings
from recon_kit.ui import screens
from recon_kit.ui.ask import Ask
from recon_kit.ui.board import Board
from recon_kit.ui.news import news
from recon_kit.ui.parts import Address

T = TypeVar("T")

INTERVAL = 1.0
"""Seconds between two looks, unless they take long."""

GONE = "The database cannot be reached; trying again."


class Ui(App[None]):
    """The screens of a database.

    Args:
        url: Where it is.

    Raises:
        ReconError: The URL cannot be read.
    """

    TITLE = "recon-kit"
    ENABLE_COMMAND_PALETTE = False
    CSS = (Path(__file__).parent / "ui.tcss").read_text()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "act('reconcile')", "Reconcile"),
        Binding("t", "act('retry')", "Retry"),
        Binding("s", "act('skip')", "Skip"),
        Binding("a", "act('acknowledge')", "Acknowledge"),
        Binding("q", "leave", "Quit"),
        Binding("ctrl+c,ctrl+q", "leave", show=False, priority=True),
    ]

    def __init__(self, url: str) -> None:
        super().__init__()
        self.animation_level = "none"
        self._url, self._readings = url, Readings(url)
        self._stamp = ""
        self._is_looking = self._is_acting = self._is_leaving = self._is_lost = False

    def get_default_screen(self) -> Screen[Any]:
        """Where the days stand."""
        return screens.home()

    def on_mount(self) -> None:
        """Begins to look."""
        self.set_interval(INTERVAL, self._look_soon)

    @property
    def board(self) -> Board:
        """The screen in view, or the one that a question stands before."""
        return next(one for one in reversed(self.screen_stack) if isinstance(one, Board))

    async def read(self, what: Callable[[Connection], T]) -> T:
        """Reads in a thread.

        Raises:
            ReconError: The database cannot be reached, or refuses.
        """

        def work() -> T:
            with self._readings.reading() as connection:
                return what(connection)

        return await asyncio.to_thread(work)

    def _look_soon(self) -> None:
        if not self._is_looking:
            self._is_looking = True
            self._look()

    @work
    async def _look(self) -> None:
        try:
            stamp, bar = await self.read(news)
        except ReconError as error:
            self.tell_error(error)
        else:
            if self._is_lost:
                self._is_lost = False
                self.board.say("said", "")
            self.board.say("bar", bar)
            if stamp != self._stamp:
                self._stamp = stamp
                self.board.reload()
        finally:
            self._is_looking = False

    def tell_error(self, error: ReconError) -> None:
        """Shows what went wrong, and the next step; the screen lives on."""
        if error.__cause__ is not None and is_lost(error.__cause__):
            self._is_lost, self._stamp = True, ""
            self.board.say("said", GONE)
        else:
            self.board.say("said", visible(f"error: {error.message}. {error.hint or ''}"))

    def open(self, address: Address | None) -> None:
        """Opens a screen, if there is one."""
        if address is not None:
            self._open(address)

    @work
    async def _open(self, address: Address) -> None:
        try:
            if address[0] == "day":
                await self.read(lambda c: one(c, "require_known_date", settlement_date=address[1]))
        except ReconError as error:
            self.tell_error(error)
        else:
            await self.push_screen(screens.screen_at(address))

    def action_act(self, name: str) -> None:
        """Asks before anything is called; what it is about is what the cursor is on."""
        act, chosen = ACTS[name], self.board.chosen
        if self._is_acting:
            self.board.say("said", "Another action is in hand. Try again when it is done.")
        elif any(key not in chosen for key in act.of):
            what = "an issue of the source" if "kind" in act.of else "a day"
            self.board.say("said", f"Choose {what} first.")
        elif not isinstance(self.screen, Ask):
            given = {key: chosen[key] for key in act.of}
            self.push_screen(Ask(act, given), lambda agreed: self._agreed(act, agreed))

    def _agreed(self, act: Act, given: dict[str, Any] | None) -> None:
        if given is None:
            self.board.say("said", "Nothing was called.")
        else:
            self._is_acting = True
            self.board.say("said", "At work ...")
            self._act(act, given)

    @work
    async def _act(self, act: Act, given: Mapping[str, object]) -> None:
        try:
            said = await asyncio.to_thread(act.do, self._url, given, self._readings.stop)
        except ReconError as error:
            self.tell_error(error)
        else:
            self.board.say("said", visible(said))
        finally:
            self._is_acting = False
        if self._is_leaving:
            await self.action_leave()

    async def action_leave(self) -> None:
        """Ends; what is in hand ends first."""
        if self._is_acting:
            self._is_leaving = True
            self.board.say("said", "What is in hand ends first; then this screen closes.")
            return
        self._readings.close()
        self.exit()
