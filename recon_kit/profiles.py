"""What is set: in the environment, in .env here, in a profile; the first to say it counts.

All three use the names of the environment, and what the last two say is put into it for the time of
a command. So every flag that has a twin there takes part, and nothing else has to know. What reads
profiles is loaded where there is one.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import platformdirs
from dotenv.parser import parse_stream

from recon_kit.errors import UsageError
from recon_kit.secret_names import SECRETS, is_secret
from recon_kit.url import secrets_of

HERE = Path(".env")
ENVIRONMENT, PROFILE = "environment", "RECON_PROFILE"


@dataclass(frozen=True)
class Setting:
    """A value in force.

    Attributes:
        value: As the environment has it.
        source: Where it is from.
        hidden: Where else something is said that does not count beside it.
    """

    value: str
    source: str
    hidden: tuple[str, ...] = ()


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Variables of the environment that are set for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def profiles_file() -> Path:
    """Where the profiles are."""
    return platformdirs.user_config_path("recon-kit") / "profiles.toml"


def settings(profile: str | None, names: Collection[str]) -> dict[str, Setting]:
    """What is set, by name.

    Args:
        profile: Name of the profile; None for that of .env, if it names one.
        names: What can be set.

    Raises:
        UsageError: There is no such profile, it or .env cannot be read, or sets what it cannot.
    """
    here = _read_here(names) if HERE.is_file() else {}
    layers: list[tuple[str, Mapping[str, str | None]]] = [(ENVIRONMENT, os.environ), (".env", here)]
    if profile is None:
        profile = _value(".env", here, PROFILE)
    if profile is not None:
        layers.append((f"profile {profile}", _read_profile(profile, names)))
    found: dict[str, Setting] = {}
    said = {name.removesuffix("_FILE") for _, values in layers for name in values}
    names = {*names, *filter(is_secret, said)}  # those of webhooks can have any name
    for source, values in layers:
        for name in names:
            value = _value(source, values, name)
            if value is None:
                continue
            first = found.get(name)
            hidden = (*first.hidden, source) if first else ()
            found[name] = replace(first or Setting(value, source), hidden=hidden)
    return found


def _value(source: str, values: Mapping[str, str | None], name: str) -> str | None:
    """What one of the places says, itself or in the file that it names; an empty text is none."""
    value, path = values.get(name), values.get(f"{name}_FILE") if is_secret(name) else None
    if path and value:
        raise UsageError(f"{source} has both {name} and {name}_FILE", "Leave one of them out.")
    if not path:
        _require_text(f"{name} of {source}", value or "")
        return value if value or (name == "DATABASE_URL" and value is not None) else None
    _require_text(f"{name}_FILE of {source}", path)
    what = f"{path}, the {name}_FILE of {source},"
    try:
        text = Path(path).expanduser().read_text().rstrip("\r\n")
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{what} cannot be read: {why}") from error
    except RuntimeError as error:
        raise UsageError(f"{what} is in the home of a user that is not known here") from error
    if not text:
        raise UsageError(f"{what} is empty")
    _require_text(what, text)
    return text


def _require_text(what: str, text: str) -> None:
    """Raises a UsageError for a text that no environment can hold; it may be a secret."""
    try:
        if b"\0" not in os.fsencode(text):
            return
    except UnicodeEncodeError:
        pass
    raise UsageError(
        f"{what} has a character in it that the environment cannot hold", "Correct it."
    )


def _is_read(name: str, names: Collection[str]) -> bool:
    """Whether it is a name that something reads."""
    return name == PROFILE or name in names or is_secret(name.removesuffix("_FILE"))


def _read_here(names: Collection[str]) -> dict[str, str | None]:
    """The .env of this folder, unless somebody else put it there.

    A line that is not read would have the kit work on another database, without a word.
    """
    if HERE.stat().st_uid not in (0, os.getuid()):
        raise UsageError(
            f"{HERE.absolute()} belongs to another user", "Remove it, or work in another folder."
        )
    try:
        with HERE.open(encoding="utf-8-sig") as file:
            lines = list(parse_stream(file))
    except UnicodeError as error:
        raise UsageError(f"{HERE.absolute()} is not UTF-8", "Save it as UTF-8.") from error
    for line in lines:
        name, text = (line.key or "").strip('"'), line.original.string
        if line.error or (_is_read(name, names) and (line.key != name or line.value is None)):
            number = line.original.line + text[: -len(text.lstrip())].count("\n")
            raise UsageError(
                f"line {number} of {HERE.absolute()} cannot be read",
                "Write it as NAME=value, the value with both quotes or none, or take it out.",
            )
    return {line.key: line.value for line in lines if line.key is not None}


def _read_profile(profile: str, names: Collection[str]) -> dict[str, str]:
    import tomllib
    from difflib import get_close_matches

    path = profiles_file()
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text())
    except FileNotFoundError as error:
        example = f'Write it: [{profile}], and a line like DATABASE_URL_FILE = "/path/to/url"'
        raise UsageError(f"there is no file of profiles {path}", example) from error
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}", "Correct it.") from error
    table = tables.get(profile)
    if not isinstance(table, dict):
        there = ", ".join(name for name, value in tables.items() if isinstance(value, dict))
        raise UsageError(f"{path} has no profile {profile}", f"It has: {there or 'none'}")
    found = {}
    for name, value in table.items():
        if name == PROFILE or not _is_read(name, names):
            near = get_close_matches(name, sorted({*names, *(f"{s}_FILE" for s in SECRETS)}), 1)
            hint = f"Did you mean {near[0]}?" if near else "recon-kit config --all lists them."
            raise UsageError(f"profile {profile} sets {name}, which nothing reads", hint)
        if not isinstance(value, str | int | float):
            raise UsageError(f"{name} of profile {profile} is neither a text nor a number")
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if is_secret(name) and (name != "DATABASE_URL" or secrets_of(text)):
            raise UsageError(
                f"profile {profile} has a secret in {name}",
                f"Keep it in a file of its own, which others cannot read, and set {name}_FILE.",
            )
        found[name] = text
    return found
