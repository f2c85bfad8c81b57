"""The days as a calendar: a row a month, a letter a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from recon_kit.db import Connection, rows
from recon_kit.ui.parts import Opens, Part, Row

GOOD, OPEN, BAD = "#60d080", "bold #ffd060", "bold #ff9090"
"""Bright enough to be read in grey too, which is what is left of them where NO_COLOR is set."""

LETTERS = {
    "verified": ("v", GOOD),
    "reconciled": ("r", GOOD),
    "pending": ("P", OPEN),
    "blocked": ("B", BAD),
    "failed": ("F", BAD),
    "skipped": ("S", OPEN),
    "no data": ("-", ""),
}
"""The states, each with its letter: capitals wait for something; colour is not needed."""


def state_of(day: Row) -> str:
    """The state of a day; proven cell by cell is one of its own."""
    is_verified = day["state"] == "reconciled" and day["verified_at"] is not None
    return "verified" if is_verified else day["state"].replace("_", " ")


class Calendar(DataTable[Text], Part):
    """The days that anything is known of.

    Args:
        opens: The address of a day.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", "Open")]

    def __init__(self, opens: Opens) -> None:
        super().__init__(cell_padding=0, fixed_columns=1)
        self.opens = opens
        self._days: dict[date, Row] = {}
        self._shown: dict[date, Row] = {}
        self._months: list[date] = []
        self._text = ""

    def fetch(self, connection: Connection) -> Sequence[Row]:
        """All days."""
        return rows(connection, "report_calendar", from_date=None, to_date=None)

    def fill(self, found: Sequence[Row]) -> None:
        """Draws the months; the cursor stays on its day, and begins on the last one."""
        before = self.chosen.get("settlement_date")
        self._days = {row["settlement_date"]: row for row in found}
        self._shown = {day: row for day, row in self._days.items() if self._text in state_of(row)}
        self._months = sorted({day.replace(day=1) for day in self._days})
        self.clear(columns=True)
        if not found:
            self.add_column("nothing yet: recon-kit load FILE")
            return
        self.add_column("", width=9)
        for number in range(1, 32):
            self.add_column(Text(f"{number:>2}" if number % 5 == 0 or number == 1 else "  "))
        for month in self._months:
            letters = [self._letter(self._on(month, number)) for number in range(1, 32)]
            self.add_row(Text(f"{month:%Y-%m}"), *letters)
        at = before if before in self._shown else max(self._shown or self._days)
        row = self._months.index(at.replace(day=1))
        self.move_cursor(row=row, column=at.day, animate=False)
        self.post_message(self.Chosen(self.chosen))

    @staticmethod
    def _on(month: date, number: int) -> date | None:
        try:
            return month.replace(day=number)
        except ValueError:
            return None

    def _letter(self, day: date | None) -> Text:
        known = self._shown.get(day) if day else None
        letter, colour = LETTERS[state_of(known)] if known else (" ", "")
        return Text(f" {letter}", style=colour)

    def narrow(self, text: str) -> None:
        """Keeps the days of a state."""
        self._text = text.lower()
        self.fill(list(self._days.values()))

    def in_full(self) -> str:
        """The letters, how many days each stands for, and the day under the cursor."""
        counts = Counter(state_of(day) for day in self._days.values())
        legend = "  ".join(
            f"{letter} {state} {counts[state]:,}"
            for state, (letter, _) in LETTERS.items()
            if counts[state]
        )
        if not (day := self.chosen):
            return legend
        told = f"{day['settlement_date']} {state_of(day)}"
        reason = f": {day['reason']}" if day["reason"] else ""
        mwh = f", {day['curtailed_mwh']:,.1f} MWh" if day["curtailed_mwh"] is not None else ""
        return f"{legend}\n{told}{mwh}{reason}"

    @property
    def chosen(self) -> Row:
        """The day under the cursor."""
        at: Coordinate = self.cursor_coordinate
        if at.row >= len(self._months) or at.column < 1:
            return {}
        day = self._on(self._months[at.row], at.column)
        return self._shown.get(day, {}) if day else {}

    def on_data_table_cell_highlighted(self) -> None:
        """Tells what is under the cursor."""
        self.post_message(self.Chosen(self.chosen))

    def on_data_table_cell_selected(self) -> None:
        """Opens it."""
        self.post_message(self.Chosen(self.chosen, is_opened=True))
