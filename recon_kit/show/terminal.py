"""A terminal, a pipe or a file: results on stdout, notes on stderr."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from recon_kit.errors import ReconError
from recon_kit.plain import visible, visible_lines

_WIDE = 1000
"""Columns where no terminal sets a width: nothing that goes into a file or a pipe is cut off."""

out = Console(
    highlight=False,
    markup=False,
    emoji=False,
    soft_wrap=True,
    width=None if sys.stdout and sys.stdout.isatty() else _WIDE,
)
err = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
_lost: list[OSError] = []


def hush() -> None:
    """No notes and no progress from now on; errors and results are still shown."""
    err.quiet = True


def is_terminal() -> bool:
    """Whether somebody watches stderr."""
    return sys.stderr.isatty() and not err.quiet


def line(text: str) -> None:
    """A line of result, whatever the data in it."""
    typer.echo(visible(text))


def block(text: str) -> None:
    """Lines of result; what they have of data is visible already, or JSON."""
    typer.echo(text)


def note(text: str) -> None:
    """A line beside the result. What does the work goes on where nobody can be told of it."""
    try:
        err.print(visible(text))
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


def exact_text(value: Any) -> str:
    """A value in full: decimals as written, times to the second."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, timedelta):
        return f"{value.total_seconds():,.1f} s"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows under the names of their columns; numbers to the right."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        numeric = any(isinstance(row[name], int | Decimal) for row in rows)
        drawn.add_column(name, justify="right" if numeric else "left", no_wrap=True)
    for row in rows:
        drawn.add_row(*(_cell(row[name]) for name in columns))
    out.print(drawn)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return visible(exact_text(value))


def fields(row: Mapping[str, Any], *, as_json: bool) -> None:
    """One row, a field a line."""
    if as_json:
        document(row)
        return
    for name, value in row.items():
        if isinstance(value, str):
            block(f"{name:<22} {visible_lines(value, ' ' * 23)}")
        elif value is not None:
            line(f"{name:<22} {_cell(value)}")


def result(found: Sequence[Mapping[str, Any]], *, as_json: bool, none: str = "none") -> None:
    """Rows as a table, or the words for none."""
    if as_json:
        document(found)
    elif found:
        table(found, list(found[0]))
    else:
        line(none)
