"""The report as files: the page, the same figures as JSON and CSV, and on paper."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from recon_kit import show
from recon_kit.errors import ReconError
from recon_kit.plain import visible
from recon_kit.report import LISTS, ONE_ROW
from recon_kit.report.browser import print_pdf
from recon_kit.report.page import as_html


def write(figures: Mapping[str, Any], folder: Path) -> Path:
    """Writes report.html, report.json, report.pdf and NAME.csv for each list into a folder.

    Args:
        figures: All of ``recon_kit.report.collect``.
        folder: Made if it is missing; files of these names in it are replaced.

    Returns:
        The page.

    Raises:
        ReconError: The folder cannot be written to.
    """
    page = folder / "report.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(as_html(figures), encoding="utf-8")
        (folder / "report.json").write_text(show.as_json_text(figures) + "\n", encoding="utf-8")
        for name in ONE_ROW:
            _write_csv(folder / f"{name}.csv", list(figures[name]), [figures[name]])
        for name in LISTS:
            _write_csv(folder / f"{name}.csv", figures[name].columns, figures[name])
    except OSError as error:
        hint = "Name a folder of your own: --out DIR"
        raise ReconError(f"cannot write in {folder}: {error.strerror}", hint) from error
    _print(page, folder / "report.pdf")
    return page


def _print(page: Path, pdf: Path) -> None:
    pdf.unlink(missing_ok=True)
    try:
        print_pdf(page, pdf)
    except ReconError as error:
        show.note(f"no {pdf.name}: {error.message}" + (f" ({error.hint})" if error.hint else ""))


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    path.write_text(csv_text(columns, rows), encoding="utf-8", newline="")


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_field(value) for value in row.values()] for row in rows)
    return file.getvalue()


def _field(value: Any) -> str:
    """A value as a spreadsheet reads it; text that it would run as a formula stays text."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat()
    text = visible(str(value))
    if isinstance(value, str) and text.lstrip().startswith(("=", "+", "-", "@", "\\")):
        return "'" + text
    return text
