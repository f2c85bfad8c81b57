"""What a screen is made of: a table or a text, each with its query and what is chosen in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import work
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from recon_kit.db import Connection
from recon_kit.errors import ReconError
from recon_kit.plain import visible_lines
from recon_kit.show import as_field

if TYPE_CHECKING:
    from recon_kit.ui.app import Ui

Row = Mapping[str, Any]
Read = Callable[[Connection], Sequence[Row]]
WIDEST = 22
"""Columns that a text has in a table, unless it is the last one."""

Address = tuple[Any, ...]
"""The name of a screen, and what it is about: ("day", the date)."""
Opens = Callable[[Row], Address | None]


class Part(Widget):
    """A widget that is read anew where the database is another one.

    Attributes:
        opens: The address of what is chosen, if it has one.
    """

    opens: Opens = staticmethod(lambda _: None)
    _is_busy = _is_outdated = False

    class Chosen(Message):
        """Something else is under the cursor, or something was opened."""

        def __init__(self, row: Row, *, is_opened: bool = False) -> None:
            super().__init__()
            self.row, self.is_opened = row, is_opened

    def reload(self) -> None:
        """Reads it in a thread, and once more where it was asked for meanwhile."""
        self._is_outdated = True
        if not self._is_busy:
            self._is_busy = True
            self._load()

    @work
    async def _load(self) -> None:
        app: Ui = self.app  # type: ignore[assignment]
        try:
            while self._is_outdated:
                self._is_outdated = False
                self.fill(await app.read(self.fetch))
        except ReconError as error:
            app.tell_error(error)
        finally:
            self._is_busy = False

    def fetch(self, connection: Connection) -> Any:
        """What it shows; called in a thread."""
        raise NotImplementedError

    def fill(self, found: Any) -> None:
        """Shows what was read."""
        raise NotImplementedError

    def narrow(self, text: str) -> None:
        """Shows only what has a text in it; empty for all."""

    @property
    def chosen(self) -> Row:
        """What is under the cursor; empty where nothing is."""
        return {}

    def in_full(self) -> str:
        """The sentences of what is under the cursor, and what a line of a table cuts off."""
        texts = {
            key: text
            for key, text in self.chosen.items()
            if isinstance(text, str) and (" " in text or len(text) > WIDEST)
        }
        return "  ".join(f"next: {v}" if k == "next_step" else v for k, v in texts.items())


class Head(Static, Part):
    """The sentences at the top of a screen.

    Args:
        read: What reads them.
    """

    def __init__(self, read: Callable[[Connection], str]) -> None:
        super().__init__()
        self._read = read

    def fetch(self, connection: Connection) -> str:
        """What it shows."""
        return self._read(connection)

    def fill(self, found: str) -> None:
        """Shows it."""
        self.update(Text(visible_lines(found)))


class Told(Static, Part, can_focus=True):
    """Rows as fields, one below the other.

    Args:
        read: What reads them.
    """

    def __init__(self, read: Read) -> None:
        super().__init__()
        self._read = read

    def fetch(self, connection: Connection) -> Sequence[Row]:
        """What it shows."""
        return self._read(connection)

    def fill(self, found: Sequence[Row]) -> None:
        """Writes them."""
        told = (
            "\n".join(as_field(name, value) for name, value in row.items() if value is not None)
            for row in found
        )
        self.update(Text("\n\n".join(told) or "none"))
