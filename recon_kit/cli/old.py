"""Commands as the documentation of the scripts had them that this kit replaces."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperGroup

from recon_kit import show

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


class Verbs(TyperGroup):
    """The verbs, by the names that they had before too."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Says what an old command is called today, and takes it for that."""
        today = as_today(args)
        if today != args:
            show.note(f"recon-kit {' '.join(args)} is now: recon-kit {' '.join(today)}")
        return super().resolve_command(ctx, today)
