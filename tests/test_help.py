"""The help: each verb in its panel, in whole words, with an example that can be typed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from recon_kit import __version__
from recon_kit.cli.modules import every
from recon_kit.cli.verbs import PANELS
from tests.commands import recon

pytestmark = pytest.mark.client

GROUP: Any = every()


def _verbs(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _verbs(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


VERBS = dict(_verbs(GROUP))


def test_the_help_has_each_verb_once_in_its_panel_and_whole() -> None:
    shown = recon("--help", COLUMNS="80").stdout
    assert "..." not in shown.partition("\n\nLook:")[2]
    assert [line for line in shown.splitlines() if line.rstrip(":") in PANELS] == [
        f"{panel}:" for panel in PANELS
    ]
    for name, command in GROUP.commands.items():
        assert command.rich_help_panel in PANELS, name
        assert shown.count(f"\n  {name} ") == 1, name


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_is_said_in_50_characters_and_has_an_example(name: str) -> None:
    command = VERBS[name]
    assert len(command.get_short_help_str(500)) <= 50
    example = command.epilog.removeprefix("Example: recon-kit ")
    words = shlex.split(example)
    assert " ".join(words[: len(name.split())]) == name
    command.make_context(name, words[len(name.split()) :])


def test_the_example_ends_the_help_of_a_verb_and_version_is_a_flag_too() -> None:
    shown = recon("gaps", "--help").stdout
    assert shown.splitlines()[-1].strip().startswith("Example: recon-kit gaps")
    for asked in ("version", "--version"):
        assert recon(asked).stdout == f"{__version__}\n"


def test_plan_is_what_a_dry_run_shows(module_url: str) -> None:
    planned, dry = recon("plan", url=module_url), recon("reconcile", "--dry-run", url=module_url)
    assert (planned.returncode, planned.stdout) == (0, dry.stdout)
