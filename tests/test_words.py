"""One word for one idea: what has a word in the table of sql/README.md is called nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recon_kit.cli.modules import every
from recon_kit.db import Connection
from tests.commands import ROOT

OTHERS = {
    "anomal(y|ies)|irregularit(y|ies)": "issue",
    "discrepanc(y|ies)|mismatch(es)?|inconsistenc(y|ies)": "gap",
    "defects?|bugs?|glitch(es)?|troubles?": "problem",
    "suspicious|doubtful|questionable": "suspect",
    "hindrances?|impediments?|blockers?": "obstacle",
    "alarms?": "alert",
    "executions?": "run",
    "chunks?": "batch",
    "audits?|journal": "repair (the ledger)",
    "half[- ]hour slots?|slots?": "settlement period",
    "generators?|wind ?farms?|turbines?": "farm",
    "rollups?|aggregates?|totals of days": "sum, summary",
}
"""Other words for an idea, and its own."""


def _texts(db: Connection) -> Iterator[tuple[str, str]]:
    """What the database says of itself, and each verb and flag of its own."""
    for row in db.execute(
        "select coalesce(c.oid::regclass::text, p.oid::regprocedure::text) as name, d.description"
        " from pg_description d"
        " left join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass"
        " left join pg_proc p on p.oid = d.objoid and d.classoid = 'pg_proc'::regclass"
        " where 'recon'::regnamespace in (c.relnamespace, p.pronamespace)"
    ):
        yield row["name"], f"{row['name'].replace('_', ' ')} {row['description']}"
    commands: list[tuple[str, Any]] = list(every().commands.items())
    for name, command in commands:
        yield name, command.help or ""
        commands += getattr(command, "commands", {}).items()
        for option in command.params:
            yield f"{name} {option.opts[0]}", getattr(option, "help", None) or ""


def test_what_has_a_word_is_called_nothing_else(db: Connection) -> None:
    found = [
        f"{name}: {other[0]}, in place of {word}"
        for name, text in _texts(db)
        for words, word in OTHERS.items()
        if (other := re.search(rf"\b({words})\b", text, re.IGNORECASE))
    ]
    assert not found, "\n".join(found)


def test_the_words_that_are_meant_are_in_the_table() -> None:
    page = Path(ROOT / "sql" / "README.md").read_text()
    table = page.partition("## Words")[2].partition("\n## ")[0]
    for word in OTHERS.values():
        assert re.search(rf"\b{word.partition(' (')[0]}\b", table), word
