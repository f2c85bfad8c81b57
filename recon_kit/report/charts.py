"""Charts as SVG that stands in a page: no script, and every colour is the page's style sheet's.

Pygal draws them, in some 10 ms each. Vega-Lite (vl-convert) has finer defaults, but needs 0.9 s for
the first chart, 0.06 s for each other, 107 MB of memory and 84 MB on disk; Bokeh puts 1.2 MB of
script into each page, which then has to be allowed to run scripts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pygal
from markupsafe import Markup
from pygal.style import Style

Number = Decimal | int

_STYLE = Style(label_font_size=13, major_label_font_size=13, font_family="sans-serif")
"""What the layout is worked out with; what is seen is said in the style sheet."""


_MARGIN = 4


def shown(key: str | int | None) -> str:
    """A name as it is safe to show: without what cannot be printed, or turns the text around."""
    if key is None:
        return "none"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in str(key))


def columns(
    points: Sequence[tuple[str, Number | None]], *, title: str, unit: str, colour: int = 0
) -> Markup:
    """Upright bars, in order: amounts over time.

    Args:
        points: What each bar is of, and how high it is; None where there is none.
        title: What is shown, for those who do not see it.
        unit: Of the heights.
        colour: Number of its colour, from 0.
    """
    chart = _chart(pygal.Bar, unit, title, width=360, height=190, spacing=6)
    names = [name for name, _ in points]
    chart.x_labels = names
    chart.x_labels_major = names[:: max(1, -(-len(names) // 3))]
    return _bars(chart, title, points, unit, colour)


def ranking(
    points: Sequence[tuple[str, Number]], *, title: str, unit: str, colour: int = 0
) -> Markup:
    """Bars that lie, the first on top: the most of something."""
    height = 50 + 26 * len(points)
    chart = _chart(pygal.HorizontalBar, unit, title, width=460, height=height, spacing=4)
    turned = list(reversed(points))
    names = [_cut(shown(name)) for name, _ in turned]
    chart.x_labels = names
    # Pygal leaves room for letters of an average width; capitals, as in BM units, are wider.
    capitals = max((sum(map(str.isupper, name)) for name in names), default=0)
    chart.margin_left = _MARGIN + 4 * capitals
    chart.show_minor_x_labels = True
    return _bars(chart, title, turned, unit, colour)


def timeline(
    series: Sequence[tuple[str, Sequence[tuple[date, Number]]]],
    *,
    lines: Collection[str],
    title: str,
    unit: str,
) -> Markup:
    """Values over dates.

    Args:
        series: Names and points.
        lines: Names of those that a line is drawn of. The others are marks: one that lies beyond
            the scale of the lines is drawn at its edge, and told with its value.
        title: What is shown, for those who do not see it.
        unit: Of the values.
    """
    chart = _chart(pygal.DateLine, unit, title, width=560, height=260)
    scale = [v for name, points in series if name in lines for _, v in points]
    scale = scale or [v for _, points in series for _, v in points]
    low, high = min(scale, default=0), max(scale, default=1)
    chart.range = (float(low), float(high)) if low < high else None
    chart.x_value_formatter = lambda day: day.strftime("%Y-%m-%d")
    chart.x_labels_major_count = 3
    chart.show_minor_x_labels = False
    for name, points in series:
        chart.add(
            name,
            [
                _told((day, float(min(max(value, low), high))), f"{day}: {value:,} {unit}, {name}")
                for day, value in points
            ],
            stroke=name in lines,
            dots_size=1 if name in lines else 5,
        )
    return _markup(chart)


def _chart(kind: Any, unit: str, title: str, **size: Any) -> Any:
    chart = kind(
        style=_STYLE,
        css=[],
        js=[],
        classes=["chart"],
        no_prefix=True,
        disable_xml_declaration=True,
        show_legend=False,
        show_minor_x_labels=False,
        truncate_label=-1,
        margin=_MARGIN,
        min_scale=3,
        max_scale=5,
        value_formatter=_short,
        no_data_text="nothing",
        **size,
    )
    chart.add_xml_filter(lambda root: _cleaned(root, title, unit))
    return chart


def _bars(
    chart: Any, title: str, points: Sequence[tuple[str, Number | None]], unit: str, colour: int
) -> Markup:
    chart.classes = ["chart", f"from-{colour}"]
    told = [
        None if size is None else _told(float(size), f"{shown(name)}: {size:,} {unit}")
        for name, size in points
    ]
    chart.add(title, told)
    return _markup(chart)


def _told(value: Any, text: str) -> dict[str, Any]:
    """A value with what is said of it."""
    return {"value": value, "formatter": lambda _: text}


def _markup(chart: Any) -> Markup:
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - an XML writer has escaped it


def _cleaned(root: Element, title: str, unit: str) -> Element:
    """Without script, style and comments; each mark with a title, shown where it is pointed at."""
    root.set("role", "img")
    root.set("aria-label", f"{title}, {unit}")
    root.attrib.pop("id", None)
    for named in root.findall("title"):
        named.text = title
    for parent in list(root.iter()):
        for child in list(parent):
            needless = not isinstance(child.tag, str) or child.tag in ("script", "style")
            if needless or child.get("class") == "tooltip":
                parent.remove(child)
        told = {child.get("class"): child.text for child in parent if child.tag == "desc"}
        if value := told.get("value"):
            for child in list(parent.findall("desc")):
                parent.remove(child)
            SubElement(parent, "title").text = value
    return root


def _cut(name: str, letters: int = 22) -> str:
    return name if len(name) <= letters else name[: letters - 1] + "\u2026"


def _short(value: Number | float) -> str:
    """A number as it fits on an axis."""
    size = abs(float(value))
    for limit, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if size >= 10 * limit or size >= limit > 1000:
            return f"{float(value) / limit:,.2f}".rstrip("0").rstrip(".") + f" {letter}"
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.4g}" if size else "0"
