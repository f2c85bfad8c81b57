"""--profile: what .env and a profile say is put in force before any other flag is looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import typer

from recon_kit import show
from recon_kit.errors import UsageError
from recon_kit.profiles import ENVIRONMENT, PROFILE, Setting, environment, settings
from recon_kit.secret_names import SECRETS
from recon_kit.settings import VARIABLES

_META = "recon_kit.settings"

FOLDER = "RECON_LOCAL_DIR"

_OTHERS = {*SECRETS, *VARIABLES, FOLDER}
"""What is read besides the twins of flags."""


def _options(command: Any) -> Iterator[Any]:
    """The options of a verb, or of all in a group."""
    yield from command.params
    for each in getattr(command, "commands", {}).values():
        yield from _options(each)


def known() -> dict[str, Any]:
    """What can be set, by its name in the environment: the option, or None where no flag has it."""
    from recon_kit.cli.modules import every

    twins = {o.envvar: o for o in _options(every()) if isinstance(o.envvar, str)}
    return {**dict.fromkeys(_OTHERS), **twins}


def put_in_force(context: typer.Context, profile: str | None) -> str | None:
    """Has the environment say what .env and the profile say too, for the time of this command."""
    found = settings(profile, known)
    if profile is None and PROFILE in found:
        profile = found[PROFILE].value
    context.meta[_META] = found
    new = {
        name: each.value
        for name, each in found.items()
        if each.value is not None and os.environ.get(name) != each.value
    }
    context.with_resource(environment(new))
    for name, each in sorted(found.items()):
        if profile is not None and f"profile {profile}" in each.hidden:
            show.note(f"{name} is that of the {each.source}, and not of profile {profile}")
    return profile


def require_folder(context: Any) -> None:
    """Raises a UsageError where what cannot be read may say where the local database is."""
    found = in_force(context.find_root())
    named = found.get(FOLDER)
    if named and named.value and (named.source == ENVIRONMENT or named.fault is None):
        return
    for name in (FOLDER, ".env", PROFILE):
        if name in found and (fault := found[name].fault):
            raise UsageError(
                f"where the local database is cannot be known: {fault.message}",
                f"Correct that, or name its folder: {FOLDER}=DIR recon-kit down",
            )


def elsewhere(context: Any) -> dict[str, str]:
    """Where each value is from that is not the environment's own, by its name there."""
    found = in_force(context.find_root())
    return {name: each.source for name, each in found.items() if each.source != ENVIRONMENT}


def in_force(context: typer.Context) -> dict[str, Setting]:
    """What this command has found set, by its name in the environment."""
    found: dict[str, Setting] = context.meta[_META]
    return found
