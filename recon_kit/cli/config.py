"""The verb that prints which settings are in force."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer

from recon_kit import show
from recon_kit.cli.common import USAGE
from recon_kit.cli.flags import Json, flag
from recon_kit.cli.force import in_force, known
from recon_kit.cli.verbs import verb
from recon_kit.errors import UsageError
from recon_kit.plain import without_credentials
from recon_kit.profiles import Setting
from recon_kit.secret_names import is_secret
from recon_kit.settings import VARIABLES, read_setting
from recon_kit.url import without_secrets


@verb("Set up", "config --all")
def config(
    context: typer.Context,
    all_: Annotated[
        bool, flag("--all", "RECON_CONFIG_ALL", "What nothing sets too, with its default.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the settings in force, and where from.

    A flag counts first, then the environment, .env in this folder, the profile, the default.
    What cannot be read is there too, with what is wrong; then it exits with 2.
    """
    root: Any = context.find_root()
    found, options = in_force(root), known()
    told: list[dict[str, Any]] = []
    others = {name for name, each in found.items() if each.fault or is_secret(name)}
    for name in sorted(options.keys() | others):
        option = options.get(name)
        setting = found.get(name) or Setting(_default(name, option), "default")
        if option is not None and option.name in root.params:
            source = root.get_parameter_source(option.name).name
            if source == "COMMANDLINE":
                setting = Setting(root.params[option.name], "flag", fault=setting.fault)
        if all_ or setting.source != "default":
            told.append(_told(context, name, option, setting))
    show.result(told, as_json=as_json, none="nothing is set")
    if any(row["error"] for row in told):
        raise typer.Exit(USAGE)


def _told(context: typer.Context, name: str, option: Any, setting: Setting) -> dict[str, Any]:
    """A setting as people may see it, with what is wrong with it."""
    value, error = setting.value, None
    try:
        if setting.fault is not None:
            raise setting.fault
        if value is not None:
            value = _shown(context, name, option, value)
    except UsageError as wrong:
        error = without_credentials(" ".join(filter(None, [f"{wrong.message}.", wrong.hint])))
    except typer.BadParameter as wrong:
        error = without_credentials(wrong.message)
    if value is not None and (error or name != "DATABASE_URL"):
        value = "***" if is_secret(name) else without_credentials(value)
    return {"name": name, "value": value, "source": setting.source, "error": error}


def _shown(context: typer.Context, name: str, option: Any, text: str) -> str:
    """The text of a value that can be read.

    Raises:
        UsageError: It cannot be.
        typer.BadParameter: Likewise, by what its flag says.
    """
    if name in VARIABLES:
        read_setting(name, text)
    if name == "DATABASE_URL":
        return without_secrets(text)
    if option is not None and option.callback is None:
        option.process_value(context, text)
    return text


def _default(name: str, option: Any) -> str | None:
    """What counts where nothing is set."""
    value = option.default if option is not None else None
    if value is None and name in VARIABLES:
        value = VARIABLES[name].default
    if isinstance(value, timedelta):
        return f"{value // timedelta(hours=1)} hours"
    return f"{value:g}" if isinstance(value, float) else None if value is None else str(value)
