"""What is set: in the environment, in .env here, in a profile; the first to say it counts.

All three use the names of the environment, and what the last two say is put into it for the time of
a command. So every flag that has a twin there takes part, and nothing else has to know. What reads
profiles is loaded where there is one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from recon_kit.errors import UsageError
from recon_kit.secret_names import SECRETS, is_secret

if TYPE_CHECKING:
    from dotenv.parser import Binding

_OURS = re.compile(r"DATABASE_URL(_FILE)?|RECON_[A-Z0-9_]+")
"""The names that count; another that looks like one is a flag's of another version, or nobody's."""

HERE = Path(".env")
ENVIRONMENT, PROFILE = "environment", "RECON_PROFILE"

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """A value in force.

    Attributes:
        value: As the environment has it; None where there is only what cannot be read.
        source: Where it is from.
        hidden: Where else something is said that does not count beside it.
        fault: What in it cannot be read.
    """

    value: str | None
    source: str
    hidden: tuple[str, ...] = ()
    fault: UsageError | None = None


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
    import platformdirs

    return platformdirs.user_config_path("recon-kit") / "profiles.toml"


def settings(profile: str | None, known: Callable[[], Collection[str]]) -> dict[str, Setting]:
    """What is set, by name; what cannot be read is there with its fault.

    A line of .env that names nothing has its number for a name, and .env as a whole its own.

    Args:
        profile: Name of the profile; None for that of .env, if it names one.
        known: What can be set; asked where there is a profile, which can set nothing else.
    """
    found: dict[str, Setting] = {}

    def attempt(name: str, source: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except UsageError as error:
            found[name] = replace(found.get(name) or Setting(None, source), fault=error)
            return None

    here: dict[str, str | None] = {}
    for line in attempt(".env", ".env", _lines_here) or []:
        if attempt(_name_in(line), ".env", partial(_require_read, line)) and line.key:
            here[line.key] = line.value
    layers: list[tuple[str, Mapping[str, str | None]]] = [(ENVIRONMENT, os.environ), (".env", here)]
    if profile is None:
        profile = attempt(PROFILE, ".env", partial(_value, ".env", here, PROFILE))
    if profile is not None:
        source = f"profile {profile}"
        table = attempt(PROFILE, source, partial(_read_profile, profile)) or {}
        names = {*known()} - {PROFILE}
        texts = {
            name: attempt(name, source, partial(_text_in, profile, name, value, names))
            for name, value in table.items()
        }
        layers.append((source, texts))
    for source, values in layers:
        ours = [_without_file(name) for name in values if _OURS.fullmatch(name)]
        for name in dict.fromkeys(ours):
            value = attempt(name, source, partial(_value, source, values, name))
            if value is None:
                continue
            first = found.get(name)
            if first is None or first.value is None:
                found[name] = Setting(value, source, fault=first.fault if first else None)
            else:
                found[name] = replace(first, hidden=(*first.hidden, source))
    return found


def _without_file(name: str) -> str:
    """What a name sets: that of a file which holds a secret sets the secret."""
    base = name.removesuffix("_FILE")
    return base if is_secret(base) else name


def require_read(found: Mapping[str, Setting]) -> None:
    """Raises the UsageError of the first that cannot be read."""
    for each in found.values():
        if each.fault is not None:
            raise each.fault


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


def _lines_here() -> list[Binding]:
    """The lines of the .env of this folder, if there is one and nobody else put it there."""
    try:
        if not HERE.is_file():
            return []
        from dotenv.parser import parse_stream

        if HERE.stat().st_uid not in (0, os.getuid()):
            raise UsageError(
                f"{HERE.absolute()} belongs to another user",
                "Remove it, or work in another folder.",
            )
        with HERE.open(encoding="utf-8-sig") as file:
            return list(parse_stream(file))
    except UnicodeError as error:
        raise UsageError(f"{HERE.absolute()} is not UTF-8", "Save it as UTF-8.") from error
    except OSError as error:
        raise UsageError(
            f"{HERE.absolute()} cannot be read: {error.strerror}",
            "Let this user read it, or work in another folder.",
        ) from error


def _number_of(line: Binding) -> int:
    text = line.original.string
    return line.original.line + text[: -len(text.lstrip())].count("\n")


def _name_in(line: Binding) -> str:
    """What a line sets, or means to."""
    named = _OURS.search(line.original.string)
    return named[0] if named else f"line {_number_of(line)}"


def _require_read(line: Binding) -> bool:
    """True, or an error: a line that is not read would have the kit work on another database."""
    name = (line.key or "").strip('"')
    if line.error or (_OURS.fullmatch(name) and (line.key != name or line.value is None)):
        raise UsageError(
            f"line {_number_of(line)} of {HERE.absolute()} cannot be read",
            "Write it as NAME=value, the value with both quotes or none, or take it out.",
        )
    return True


def _read_profile(profile: str) -> dict[str, Any]:
    import tomllib

    path = profiles_file()
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text())
    except FileNotFoundError as error:
        example = f'Write it: [{profile}], and a line like DATABASE_URL_FILE = "/path/to/url"'
        raise UsageError(f"there is no file of profiles {path}", example) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}", "Correct it.") from error
    table = tables.get(profile)
    if not isinstance(table, dict):
        there = ", ".join(name for name, value in tables.items() if isinstance(value, dict))
        raise UsageError(f"{path} has no profile {profile}", f"It has: {there or 'none'}")
    return table


def _text_in(profile: str, name: str, value: Any, names: Collection[str]) -> str:
    """A value of a profile as the environment would have it."""
    if name not in names and not is_secret(_without_file(name)):
        from difflib import get_close_matches

        near = get_close_matches(name, sorted({*names, *(f"{each}_FILE" for each in SECRETS)}), 1)
        hint = f"Did you mean {near[0]}?" if near else "recon-kit config --all lists them."
        raise UsageError(f"profile {profile} sets {name}, which nothing reads", hint)
    if not isinstance(value, str | int | float):
        raise UsageError(f"{name} of profile {profile} is neither a text nor a number")
    from recon_kit.url import secrets_of

    text = str(value).lower() if isinstance(value, bool) else str(value)
    if is_secret(name) and (name != "DATABASE_URL" or secrets_of(text)):
        raise UsageError(
            f"profile {profile} has a secret in {name}",
            f"Keep it in a file of its own, which others cannot read, and set {name}_FILE.",
        )
    return text
