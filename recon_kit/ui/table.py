"""A table of what a query finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

from recon_kit.db import Connection
from recon_kit.plain import visible
from recon_kit.show import as_columns
from recon_kit.ui.parts import WIDEST, Opens, Part, Read, Row


class Rows(DataTable[Text], Part):
    """A table.

    Args:
        read: What reads its rows.
        names: Their columns, in order; the others are known of what is chosen.
        none: The words for no row.
        opens: The address of a row, if it has one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", "Open")]

    def __init__(
        self, read: Read, names: str, none: str = "none", opens: Opens = lambda _: None
    ) -> None:
        super().__init__(cursor_type="row")
        self.opens = opens
        self._read, self._names, self._none = read, names.split(), none
        self._rows: Sequence[Row] = []
        self._shown: list[Row] = []
        self._text = ""

    def fetch(self, connection: Connection) -> Sequence[Row]:
        """What it shows."""
        return self._read(connection)

    def fill(self, found: Sequence[Row]) -> None:
        """Fills the table; the cursor and what is in view stay where they were."""
        rows = self._rows = found
        at, top = self.cursor_row, self.scroll_y
        self.clear(columns=True)
        columns = as_columns(rows, self._names) if rows else []
        lines = list(zip(*(column.cells for column in columns), strict=True))
        kept = [n for n, cells in enumerate(lines) if self._text in " ".join(cells).lower()]
        self._shown = [rows[n] for n in kept]
        for column in columns if kept else []:
            width = max(map(cell_len, [column.header, *column.cells]))
            width = width if column is columns[-1] else min(width, WIDEST)
            self.add_column(Text(column.header, justify=column.justify), width=width)
        for n in kept:
            self.add_row(
                *(Text(lines[n][m], justify=column.justify) for m, column in enumerate(columns))
            )
        if kept:
            self.move_cursor(row=min(at, len(kept) - 1), animate=False)
            self.scroll_to(y=top, animate=False)
        else:
            self.add_column(Text(f"nothing has {self._text!r} in it" if rows else self._none))
        self.post_message(self.Chosen(self.chosen))

    def narrow(self, text: str) -> None:
        """Keeps the rows that have a text in them."""
        self._text = visible(text).lower()
        self.fill(self._rows)

    @property
    def chosen(self) -> Row:
        """The row under the cursor."""
        return self._shown[self.cursor_row] if self.cursor_row < len(self._shown) else {}

    def on_data_table_row_highlighted(self) -> None:
        """Tells what is under the cursor."""
        self.post_message(self.Chosen(self.chosen))

    def on_data_table_row_selected(self) -> None:
        """Opens it."""
        self.post_message(self.Chosen(self.chosen, is_opened=True))
