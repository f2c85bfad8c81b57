"""The pages: what they show is what is printed, and what they name is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import typer

from recon_kit.cli.modules import every
from recon_kit.cli.old import as_today
from recon_kit.db import connect
from recon_kit.local import find_binaries
from tests.commands import ROOT
from tests.pages import API, PAGES, api, written

pytestmark = pytest.mark.client

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def test_the_sql_of_the_first_page_prints_what_it_shows(url: str, tmp_path: Path) -> None:
    statements, shown = re.findall(
        r"```sql\n(.*?)```.*?```\n(.*?)```", (ROOT / "README.md").read_text(), re.S
    )[0]
    script = tmp_path / "script.sql"
    script.write_text(statements)
    printed = subprocess.run(
        [find_binaries() / "psql", "-Xq", "-P", "footer=off", "-f", script, url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert [line.rstrip() for line in printed.rstrip("\n").split("\n")] == shown.splitlines()


def test_the_list_of_functions_is_that_of_the_database(module_url: str) -> None:
    with connect(module_url) as db:
        assert written(API).strip("\n") == api(db).strip("\n"), "make api"


def test_each_command_of_before_is_taken_for_the_one_beside_it() -> None:
    section = (ROOT / "recon_kit" / "README.md").read_text().partition("### Commands of before")[2]
    table = re.findall(r"^\| `recon-kit (.*?)` \| `recon-kit (.*?)` \|$", section, re.M)
    assert len(table) > 10
    group = every()
    assert isinstance(group, typer.core.TyperGroup)
    for then, now in table:
        assert as_today(then.split()) == now.split()
        assert as_today([*then.split(), "--json"]) == [*now.split(), "--json"]
        assert as_today(now.split()) == now.split()
        context = group.make_context("recon-kit", now.split(), resilient_parsing=True)
        name, verb, rest = group.resolve_command(context, now.split())
        assert name is not None
        assert verb is not None
        verb.make_context(name, rest, parent=context)


@pytest.mark.parametrize("words", [["reconcile", "x"], ["range", "2025-03-01"], ["gaps"], []])
def test_other_words_are_taken_as_they_are(words: list[str]) -> None:
    assert as_today(words) == words


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        place, _, anchor = target.partition("#")
        if place.startswith("http"):
            continue
        found = (page.parent / place).resolve() if place else page
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", found.read_text(), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}


@every_page
def test_verbs_and_targets_that_are_named_are_there(page: Path) -> None:
    text = re.sub(r"### Commands of before.*?(?=^## )", "", page.read_text(), flags=re.S | re.M)
    group = every()
    assert isinstance(group, typer.core.TyperGroup)
    named = set(re.findall(r"(?:`|^    (?:\$ )?|  )recon-kit ([a-z][a-z-]+)", text, re.M))
    assert sorted(named - set(group.commands)) == []
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.M))
    asked = set(re.findall(r"(?:`|^    )make ([a-z][a-z0-9-]*)", text, re.M))
    assert sorted(asked - targets) == []
