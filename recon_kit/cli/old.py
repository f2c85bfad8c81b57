"""Commands as the documentation of the scripts had them that this kit replaces."""

from __future__ import annotations

import re

OLD = (
    (r"unified[_-]reconciliation (.+)", r"\1"),
    (r"reconcile-all|all", "reconcile"),
    (r"(?:reconcile-all|all|reconcile) (\d+)", r"reconcile --batch-days \1"),
    (r"(?:reconcile-range|range) (\S+) (\S+)", r"reconcile --from \1 --to \2"),
    (
        r"(?:reconcile-range|range) (\S+) (\S+) (\d+)",
        r"reconcile --from \1 --to \2 --batch-days \3",
    ),
    (r"reconcile-recent", "recent"),
    (r"(?:reconcile-recent|recent) (\d+)", r"recent --days \1"),
    (r"reconcile-date (\S+)", r"date \1"),
    (r"daily-check (\d+)(?: false)?", r"daily-check --days \1"),
    (r"daily-check (\d+) true", r"daily-check --days \1 --force"),
    (r"test-dynamo(?:db)?", "check-dynamo"),
)
"""What was typed, and what it is today; flags of today may follow."""


def as_today(words: list[str]) -> list[str]:
    """A command line of before as one of today's; any other as it is."""
    flags = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    typed = " ".join(words[:flags])
    for pattern, today in OLD:
        if found := re.fullmatch(pattern, typed):
            return as_today([*found.expand(today).split(), *words[flags:]])
    return words
