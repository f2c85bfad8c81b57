"""A terminal, a pipe or a file: results on stdout, notes on stderr."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from textwrap import fill
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import typer

from recon_kit.errors import ReconError
from recon_kit.plain import visible, visible_lines

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 1000
"""Columns where no terminal sets a width: nothing that goes into a file or a pipe is cut off."""

_FOLDS = bool(sys.stdout and sys.stdout.isatty())

_hushed = False
_lost: list[OSError] = []


def console(*, stderr: bool = False) -> Console:
    """What draws tables and bars; it is loaded where one is drawn."""
    from rich.console import Console

    width = None if stderr or _FOLDS else _WIDE
    return Console(
        stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True, width=width
    )


def hush() -> None:
    """No notes and no progress from now on; errors and results are still shown."""
    global _hushed
    _hushed = True


def is_terminal() -> bool:
    """Whether somebody watches stderr."""
    return sys.stderr.isatty() and not _hushed


_COLOURS = {
    "red": ("critical", "failure", "failed"),
    "yellow": ("warning", "blocked", "skipped", "pending", "work remains"),
    "green": ("ok", "reconciled", "complete", "verified"),
}


def line(text: str, *, grade: str | None = None, indent: int = 0) -> None:
    """A line of result, whatever the data in it.

    Args:
        text: What it says.
        grade: A severity or a state, whose colour it has where it begins with it, or to a dash.
        indent: Of what does not fit the width of the terminal.
    """
    shown = visible(text)
    width = shutil.get_terminal_size().columns
    if _FOLDS and len(shown) > width:
        rest = " " * min(indent, width * 2 // 3)
        shown = fill(
            shown, width, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
        )
    coloured = grade if grade and shown.startswith(grade) else shown.partition(" - ")[0]
    colour = next((name for name, words in _COLOURS.items() if grade in words), None)
    if colour and not os.environ.get("NO_COLOR"):
        shown = typer.style(coloured, fg=colour) + shown[len(coloured) :]
    typer.echo(shown)


_working = True
_told = ""


@contextmanager
def drawing() -> Iterator[None]:
    """While something else tells the progress."""
    global _working
    _working = False
    try:
        yield
    finally:
        _working = True


def waiting(seconds: float | None) -> None:
    """Tells a terminal for how long a statement has been at work; None once it has ended."""
    global _told
    told = "" if seconds is None else f"at work for {seconds:.0f} s"
    if told != _told and is_terminal() and _working:
        _told = told
        sys.stderr.write(f"\r{told}\x1b[K")
        sys.stderr.flush()


def block(text: str) -> None:
    """Lines of result; what they have of data is visible already, or JSON."""
    typer.echo(text)


def note(text: str) -> None:
    """A line beside the result. What does the work goes on where nobody can be told of it."""
    if _hushed:
        return
    try:
        sys.stderr.write(f"{visible(text)}\n")
        sys.stderr.flush()
    except OSError as error:
        _lost.append(error)
        hush()


def lost() -> bool:
    """Whether a note could not be shown."""
    return bool(_lost)


def error(what: ReconError) -> None:
    """What went wrong, and the next step."""
    try:
        typer.echo(f"error: {visible_lines(what.message, '  ')}", err=True)
        if what.hint:
            typer.echo(f"  {visible_lines(what.hint, '  ')}", err=True)
    except OSError as error:
        _lost.append(error)


_EXACT = re.compile("btc|bitcoin|mwh|gbp|difficult|^stored$")
"""In the names of amounts whose every digit counts: of BTC, MWh and GBP, and of difficulties."""


def as_json_text(value: Any) -> str:
    """JSON for machines: amounts as strings with all their digits, dates in ISO 8601."""
    return json.dumps(_plain(value), indent=2, allow_nan=False)


def _plain(value: Any, name: str = "") -> Any:
    """What JSON has, in place of what Python has; the name is that of the field."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each, str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, name) for each in value]
    if isinstance(value, Decimal):
        if _EXACT.search(name) or not value.is_finite():
            return f"{value:f}"
        return int(value) if value == value.to_integral_value() else float(value)
    return value if isinstance(value, str | int | float | None) else str(value)


def document(value: Any) -> None:
    """A result as JSON."""
    block(as_json_text(value))


def documents(found: Iterable[Mapping[str, Any]]) -> int:
    """Rows as a JSON list, a row a line, a thousand in memory; returns how many there were."""
    before, count = "[\n", 0
    for some in chunks(found):
        text = ",\n".join(f"  {json.dumps(_plain(row), allow_nan=False)}" for row in some)
        typer.echo(before + text, nl=False)
        before, count = ",\n", count + len(some)
    block("\n]" if count else "[]")
    return count


def chunks(found: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """The rows, a thousand at a time."""
    rows = iter(found)
    while some := list(islice(rows, 1000)):
        yield some


def counted(count: int, noun: str) -> str:
    """So many of something: 1 row, 1,942 rows."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def exact_text(value: Any) -> str:
    """A value in full: decimals as written, times to the second."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, timedelta):
        return f"{value.total_seconds():,.1f} s"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


_HEADERS = {
    "settlement_date": "date",
    "settlement_period": "period",
    "farm_id": "farm",
    "miner_model": "model",
    "started_at": "started",
    "happened_at": "happened",
    "planned_days": "days",
    "left_days": "left",
    "blocked_days": "blocked",
    "failed_days": "failed",
    "started_by": "by",
    "load_id": "load",
    "file_name": "file",
    "loaded_at": "loaded",
    "loaded_rows": "rows",
    "first_date": "first",
    "last_date": "last",
    "loaded_by": "by",
    "expected_btc": "BTC expected",
    "stored_btc": "BTC stored",
    "curtailed_mwh": "MWh",
}
"""Short words for the names of columns."""


class Column(NamedTuple):
    """What a table has under one header, as text."""

    header: str
    cells: list[str]
    justify: Literal["left", "right"]
    is_prose: bool
    is_time: bool

    def least(self, *, folds_times: bool) -> int:
        """The width below which it cannot be read: texts are folded, and perhaps times."""
        if self.is_prose:
            return 12
        if self.is_time and folds_times:
            return len("2025-03-01")
        return max(map(len, [self.header, *self.cells]))


def as_columns(rows: Sequence[Mapping[str, Any]], names: Iterable[str]) -> list[Column]:
    """Rows under short headers, numbers to the right.

    Columns that say nothing are left out: nulls and zeros throughout.
    """
    told = [name for name in names if any(row[name] not in (None, 0) for row in rows)] or names
    columns = []
    for name in told:
        cells = [_in_table(row[name]) for row in rows]
        is_number = any(isinstance(row[name], int | Decimal) for row in rows)
        is_time = any(isinstance(row[name], datetime) for row in rows)
        is_plain = is_time or isinstance(rows[0][name], timedelta)
        is_prose = not is_plain and any(" " in cell.strip() for cell in cells)
        justify: Literal["left", "right"] = "right" if is_number else "left"
        columns.append(Column(_header(name, rows), cells, justify, is_prose, is_time))
    return columns


def table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """Rows in columns, nothing cut off.

    On a terminal texts are folded to its width, and times where that does not do. A table that is
    still too wide has a field a line.
    """
    from rich.table import Table

    screen, columns = console(), as_columns(rows, names)
    flat, folded = (
        sum(column.least(folds_times=folds) + 2 for column in columns) - 2
        for folds in (False, True)
    )
    if folded > screen.width:
        _stacked(columns)
        return
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(
            column.header,
            justify=column.justify,
            no_wrap=not (column.is_prose or (column.is_time and flat > screen.width)),
            overflow="fold",
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        drawn.add_row(*row)
    screen.print(drawn, soft_wrap=False)


def _stacked(columns: Sequence[Column]) -> None:
    for row in zip(*(column.cells for column in columns), strict=True):
        for column, cell in zip(columns, row, strict=True):
            line(f"{column.header:<22} {cell}", indent=23)
        line("")


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return visible(exact_text(value))


def _in_table(value: Any) -> str:
    """The same, with times to the minute; the header says that they are UTC."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    return _cell(value)


def _header(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    short = _HEADERS.get(name, name)
    return f"{short} UTC" if any(isinstance(row[name], datetime) for row in rows) else short


def fields(row: Mapping[str, Any], *, as_json: bool) -> None:
    """One row, a field a line."""
    if as_json:
        document(row)
        return
    for name, value in row.items():
        if isinstance(value, str):
            block(as_field(name, value))
        elif value is not None:
            line(as_field(name, value))


def as_field(name: str, value: Any) -> str:
    """A field as its name and value; a text has as many lines as it has."""
    text = visible_lines(value, " " * 23) if isinstance(value, str) else _cell(value)
    return f"{name:<22} {text}"


def result(found: Iterable[Mapping[str, Any]], *, as_json: bool, none: str = "none") -> None:
    """Rows as tables of a thousand, or the words for none."""
    if as_json:
        documents(found)
        return
    is_empty = True
    for some in chunks(found):
        table(some, list(some[0]))
        is_empty = False
    if is_empty:
        line(none)
