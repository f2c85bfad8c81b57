"""What the shell offers for a word."""

from __future__ import annotations

import pytest

from recon_kit.cli.modules import every
from recon_kit.db import Connection
from tests.commands import call
from tests.world import MARCH_1, MARCH_2, days, record

OFFERED = {
    ("date", "2025-03-0"): ["2025-03-02", "2025-03-01"],
    ("date", "2026"): [],
    ("gaps", "--from", "2025-03-01"): ["2025-03-01"],
    ("explain", "2025-03-01", "1", ""): ["T_A-1", "T_B-1"],
    ("explain", "2025-03-01", "2", ""): ["T_A-1"],
    ("spot-fix", "2025-03-01", "1", "T_B"): ["T_B-1"],
    ("acknowledge", "2025-03-01", "pl"): ["plateau", "plug_rows"],
}


def offered(url: str, *words: str) -> list[str]:
    typed = " ".join(["recon-kit", *words])
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(len(words))}
    done = call([], {"_RECON_KIT_COMPLETE": "complete_bash", "DATABASE_URL": url, **asked})
    assert done.stderr == ""
    return done.stdout.split()


def test_dates_farms_and_kinds_are_those_of_the_database(db: Connection, url: str) -> None:
    days(db, MARCH_1, MARCH_2)
    db.execute("delete from curtailment_records where settlement_date = %s", (MARCH_1,))
    for period, farm in ((1, "T_A-1"), (1, "T_B-1"), (2, "T_A-1")):
        record(db, MARCH_1, period, farm)
    for kind in ("plug_rows", "plateau", "drift"):
        db.execute(
            "insert into recon.source_findings"
            " (settlement_date, kind, severity, evidence, next_step)"
            " values ('2025-03-01', %s, 'note', 'x', 'x')",
            (kind,),
        )
    for farm in ("$(touch x)", "T_A 1", "T_A\nT_A-2", "`id`", "T_A;id", "T_A'"):
        record(db, MARCH_1, 1, farm)  # it is a word of no shell
    for words, found in OFFERED.items():
        assert offered(url, *words) == found, words


def test_where_no_database_answers_nothing_is_offered_and_nothing_said() -> None:
    for url in ("host=/nonexistent", "no url", "postgresql://%ff@h/d", " "):
        assert offered(url, "date", "2025") == [], url


@pytest.mark.client
def test_every_date_and_farm_is_offered() -> None:
    """Of each verb: whatever is named so."""

    def options(command: object) -> list[object]:
        inner = getattr(command, "commands", {}).values()
        own = list(getattr(command, "params", []))
        return own + [option for each in inner for option in options(each)]

    for option in options(every()):
        if getattr(option, "metavar", None) in ("DATE", "FARM"):
            assert getattr(option, "_custom_shell_complete", None), getattr(option, "name", option)
