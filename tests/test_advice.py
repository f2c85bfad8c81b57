"""What the SQL advises, as the command line says it."""

from __future__ import annotations

import re

import pytest

from recon_kit.advice import as_verbs
from recon_kit.db import Connection
from tests.commands import ROOT, recon
from tests.world import MARCH_1, days

pytestmark = pytest.mark.client

CALLS = re.compile(r"(?:select|call) [^;]*\brecon\.\w+|=> ")

WITHOUT_A_VERB = {
    "accept_difficulty.sql",  # what was refused: a table
    "acknowledge_refusal.sql",
    "reject_difficulty.sql",
    "lock_day.sql",  # its owner
}


def hints() -> dict[str, list[str]]:
    """The hints and details of each file of SQL, as the server sends them."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "sql").rglob("*.sql")):
        text = path.read_text(encoding="utf-8")
        for given in re.findall(r"\b(?:hint|detail) = (.*?);\n", text, re.DOTALL):
            parts = re.findall(r"'((?:[^']|'')*)'", given)
            hint = "".join(parts).replace("''", "'").replace("%L", "'2025-03-01'")
            found.setdefault(path.name, []).append(re.sub(r"%(?:1\$)?s", "7", hint))
    return found


def test_what_has_a_verb_is_advised_as_one() -> None:
    advised = hints()
    assert sum(map(len, advised.values())) > 60
    spoken = {
        name: [as_verbs(hint) for hint in found]
        for name, found in advised.items()
        if name not in WITHOUT_A_VERB
    }
    assert {n: h for n, found in spoken.items() for h in found if CALLS.search(h)} == {}
    asked = as_verbs("If that is meant: select recon.confirm(run_id => 7); then run again.")
    assert asked == "If that is meant: recon-kit confirm 7; then run again."
    assert as_verbs("First: select recon.retry_day('2025-03-01');") == (
        "First: recon-kit retry-day 2025-03-01"
    )
    in_sql = [hint for found in advised.values() for hint in found if CALLS.search(hint)]
    assert len(in_sql) > 12


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("confirm", "20"), "Stopped runs: recon-kit runs"),
        (("retry-day", "2025-03-01"), "Such days: recon-kit status"),
        (("resume", "9"), "Runs with days left: recon-kit runs"),
        (("schedule", "--scrub-at", "foo"), "or never."),
    ],
    ids=str,
)
def test_a_verb_advises_verbs(words: tuple[str, ...], text: str, db: Connection, url: str) -> None:
    days(db, MARCH_1)
    done = recon(*words, url=url)
    assert done.returncode == 2
    assert text in done.stderr
    assert not CALLS.search(done.stderr)


def test_a_pause_is_ended_by_a_verb(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    recon("pause", "an upgrade", url=url)
    assert "When it is over: recon-kit unpause" in recon("reconcile", url=url).stderr
