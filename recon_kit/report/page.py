"""The report as a page: one HTML file that needs nothing else, and runs no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from recon_kit.gaps import KINDS
from recon_kit.plain import on_a_page
from recon_kit.report import charts

SECTIONS = (
    "overview",
    "actions",
    "calendar",
    "energy",
    "top",
    "repairs",
    "difficulty",
    "source",
    "runs",
)
"""The parts of the page in order: a template each, which draws all it needs from the figures."""

LONGEST_BY_DAY = 62
"""A range of at most so many days is told day by day, a longer one month by month."""

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905


def as_html(figures: Mapping[str, Any]) -> str:
    """The page.

    Args:
        figures: All of ``recon_kit.report.collect``.
    """
    return templates.get_template("page.html.j2").render(figures, sections=SECTIONS)


def section(name: str, figures: Mapping[str, Any]) -> str:
    """One of SECTIONS, to be put in the place of the one that has its id."""
    return templates.get_template(f"{name}.html.j2").render(figures)


def number(value: Decimal | int | None, places: int | None = None) -> Markup:
    """A number as people read it, with the exact one for machines."""
    if value is None:
        return Markup('<span class="none">-</span>')
    exact = f"{value:f}" if isinstance(value, Decimal) else str(value)
    read = f"{Decimal(value):,f}" if places is None else f"{value:,.{places}f}"
    return Markup('<data value="{}">{}</data>').format(exact, read)


def moment(at: datetime | None) -> str:
    """A time in UTC, to the minute."""
    return "-" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def dates(first: date | None, last: date | None) -> str:
    """One date, or two."""
    if first is None:
        return ""
    return str(first) if first == last else f"{first} to {last}"


def pairs(rows: Iterable[Mapping[str, Any]], name: str, value: str) -> list[tuple[str, Any]]:
    """What a chart of columns is drawn from."""
    return [(str(row[name]), row[value]) for row in rows]


def series(stretches: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Any]]]:
    """The line of what is used, the points with a mark, by mark, and the line of the chain."""
    found: dict[str, list[Any]] = {
        name: [] for name in ("used", "suspect", "accepted", "refused", "proposed", "chain")
    }
    for stretch in stretches:
        if stretch["difficulty"] is None:
            continue
        ends = dict.fromkeys((stretch["first_date"], stretch["last_date"]))
        points = [(day, stretch["difficulty"]) for day in ends]
        found[stretch["mark"]] += points
        if stretch["mark"] in ("suspect", "accepted"):
            found["used"] += points
    return list(found.items())


def place(days: Iterable[Mapping[str, Any]]) -> dict[tuple[int, int], Mapping[str, Any]]:
    """The days of a year by month and day of the month."""
    return {(day["month"], day["day"]): day for day in days}


def by(rows: Iterable[Mapping[str, Any]], key: str) -> dict[Any, list[Mapping[str, Any]]]:
    """The rows of each thing, in their order; it has a row per miner model."""
    found: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    return found


def heads(rows: Iterable[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    """The first row of each thing, for what is the same in all of them."""
    return [found[0] for found in by(rows, key).values()]


def is_short(from_date: date | None, to_date: date | None) -> bool:
    """Whether a range is told day by day."""
    return bool(from_date and to_date and (to_date - from_date).days < LONGEST_BY_DAY)


def month(year: int | str, number: int | str) -> tuple[date, date]:
    """The first and the last date of a month."""
    first = date(int(year), int(number), 1)
    return first, (first + timedelta(31)).replace(day=1) - timedelta(1)


def href(path: str, first: date | None = None, last: date | None = None, **query: Any) -> str:
    """An address, of a range of dates, with what is given of a query."""
    query |= {"from": first, "to": last}
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def plural(count: int, one: str, many: str) -> str:
    """The word that goes with a count."""
    return one if count == 1 else many


templates = Environment(
    loader=PackageLoader("recon_kit.report", "page"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=on_a_page,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters.update(
    number=number,
    moment=moment,
    pairs=pairs,
    place=place,
    series=series,
    by=by,
    heads=heads,
    shown=charts.shown,
)
templates.globals.update(
    charts=charts,
    dates=dates,
    plural=plural,
    is_short=is_short,
    month=month,
    href=href,
    months_of_year=MONTHS,
    kinds=KINDS,
    in_full="",
    days_at="",
)
"""in_full is the command that lists what a table leaves out, where no file beside it does;
days_at is what the address of a day's page begins with, where days have pages."""
