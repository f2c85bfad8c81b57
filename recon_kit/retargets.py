"""Retargets of the chain from a file into recon.retargets, all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from recon_kit.csv_files import csv_lines, readable
from recon_kit.db import Connection, one, rows
from recon_kit.errors import UsageError
from recon_kit.shapes import adjustments, read_json
from recon_kit.staging import BadLine

REQUIRED = ("height", "began_at")
OPTIONAL = ("nbits", "difficulty")


@dataclass(frozen=True)
class RetargetLoad:
    """What a load did.

    Attributes:
        added: Retargets that were not known, or had no height and hour yet.
        lines: Retargets in the file.
        bad: The lines because of which nothing was loaded.
    """

    added: int
    lines: int
    bad: list[BadLine]


def load_retargets(connection: Connection, path: Path) -> RetargetLoad:
    """Loads a file of retargets, a row per epoch in the order of heights, all of it or nothing.

    Args:
        connection: Where to write.
        path: CSV with the columns height and began_at (UTC), and nbits or difficulty; or the JSON
            of mempool.space's difficulty-adjustments, whose newest row is the first.

    Raises:
        UsageError: There is no such file, it is neither, or has no retarget.
    """
    lines = _json_lines(path) if path.suffix.lower() == ".json" else _csv_lines(path)
    if not lines:
        raise UsageError(f"{path} has no retarget", "Nothing was changed.")
    with connection.transaction():
        bad = [BadLine(**row) for row in rows(connection, "bad_retargets", lines=Jsonb(lines))]
        added = 0
        if not bad:
            source = f"file:{path.name}"
            done = one(connection, "accept_retargets", lines=Jsonb(lines), source=source)
            added = int(done["added"])
    return RetargetLoad(added, len(lines), bad)


def _csv_lines(path: Path) -> list[dict[str, Any]]:
    return csv_lines(path, REQUIRED, OPTIONAL)


def _json_lines(path: Path) -> list[dict[str, Any]]:
    """Rows of [time, height, difficulty, change], numbered from the oldest."""
    expected = "Expected CSV, or JSON as mempool.space's difficulty-adjustments."
    with readable(path):
        text = path.read_text(encoding="utf-8-sig")
    try:
        content = read_json(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {error}", expected) from error
    found = adjustments(content)
    if found is None:
        raise UsageError(f"{path} is JSON of another shape", expected)
    if _descends([height for _, height, _ in found]):
        found = found[::-1]
    return [
        {"line_no": n, "height": height, "began_at": moment, "difficulty": difficulty}
        for n, (moment, height, difficulty) in enumerate(found, 1)
    ]


def _descends(heights: list[str]) -> bool:
    """Whether every height is below the one before it, as mempool.space lists them."""
    numbers = [int(height) if height.isdecimal() else -1 for height in heights]
    return numbers == sorted(set(numbers), reverse=True)
