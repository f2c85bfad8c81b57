"""The environment twins of flags: one environment serves every verb."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import click
import pytest

from recon_kit.cli.modules import every

pytestmark = pytest.mark.client

DECIDING = {"accept", "acknowledge", "reject", "uninstall", "prune-history", "adopt"}
"""Verbs whose flags decide something for good."""

SHARED_BY_DECIDING = {"RECON_JSON"}

DANGEROUS = {"--force", "--yes", "--confirm", "--undo", "--replace"}
"""Flags that no other verb's environment may set."""


def _commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*words, name))
        else:
            yield name, command


VERBS = dict(_commands(every()))


def _twins() -> Iterator[tuple[str, str, Any]]:
    """The variable, the verb and the option of each twin."""
    for verb, command in VERBS.items():
        for option in command.params:
            if isinstance(option.envvar, str):
                yield option.envvar, verb, option


def test_a_twin_means_the_same_in_each_verb_that_has_it() -> None:
    meanings = defaultdict(set)
    for variable, _, option in _twins():
        meanings[variable].add(
            (
                tuple(option.opts),
                option.help,
                repr(option.default),
                f"{type(option.type).__name__} {vars(option.type)}",
                option.metavar,
            )
        )
    assert {name: found for name, found in meanings.items() if len(found) > 1} == {}
    assert len(meanings) > 60


def test_a_dangerous_flag_has_a_twin_of_its_own() -> None:
    for variable, verb, option in _twins():
        named = variable.startswith(f"RECON_{verb.replace('-', '_').upper()}_")
        if DANGEROUS & set(option.opts):
            assert named, f"{verb} {option.opts[0]}: {variable}"
        if verb in DECIDING:
            assert named or variable in SHARED_BY_DECIDING, f"{verb} {option.opts[0]}: {variable}"


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_flag_has_a_twin(verb: str) -> None:
    options = [o for o in VERBS[verb].params if o.param_type_name == "option" and o.name != "help"]
    assert [o.opts[0] for o in options if not o.envvar] == []
