"""The verb that prints which settings are in force."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from recon_kit import show
from recon_kit.cli.flags import Json, flag
from recon_kit.cli.force import in_force, known
from recon_kit.cli.verbs import verb
from recon_kit.plain import without_credentials
from recon_kit.secret_names import is_secret
from recon_kit.settings import Settings
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
    """
    root: Any = context.find_root()
    found = in_force(root)
    url = root.obj.database_url
    told: list[dict[str, Any]] = []
    options = known(root.command)
    for name in sorted({*options, *found}):
        option = options.get(name)
        source = found[name].source if name in found else "default"
        value = found[name].value if name in found else _default(name, option)
        if option is not None and option.name in root.params:
            given = root.get_parameter_source(option.name).name
            source = "flag" if given == "COMMANDLINE" else source
            value = root.params[option.name]
        if name == "DATABASE_URL" and url is not None:
            value = without_secrets(url.get_secret_value())
        elif is_secret(name) and value is not None:
            value = "***"
        elif isinstance(value, str):
            value = without_credentials(value)
        if all_ or source != "default":
            told.append({"name": name, "value": value, "source": source})
    show.result(told, as_json=as_json, none="nothing is set")


def _default(name: str, option: Any) -> str | None:
    """What counts where nothing is set."""
    value = option.default if option is not None else None
    if value is None and name.startswith("RECON_"):
        field = Settings.model_fields.get(name.removeprefix("RECON_").lower())
        value = field.default if field is not None else None
    return None if value is None else str(value)
