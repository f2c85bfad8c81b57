"""DATABASE_URL: what libpq reads in it, and what is wrong with one that it cannot read.

Nothing of it is shown but what cannot be a part of a password, however that was written.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from recon_kit.errors import UsageError

_SECRETS = (
    "password",
    "sslpassword",
    "oauth_client_secret",
    "scram_client_key",
    "scram_server_key",
)

_FORM = "Write it as postgresql://user:password@host:5432/database"
_ESCAPE = "Write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23 and % as %25."
_LEAVE_OUT = (
    "Leave out what only another library reads, such as pgbouncer= and schema= of Prisma or pool= "
    "of Rails. PostgreSQL's own are such as host, port, dbname, user and sslmode."
)
_HIDDEN = "something after its password is no parameter of PostgreSQL's"

_URL = re.compile(r"postgres(?:ql)?://")
_SCHEME = re.compile(r"(?:postgres|postgis)[a-z0-9+_.-]*://")
_OPEN = re.compile(r"(?!(?i:pass|pwd))[A-Za-z][\w-]*")
"""The name of a parameter that holds no password."""


def parts_of(url: str) -> dict[str, Any]:
    """What libpq reads in it, by its names.

    Raises:
        UsageError: It cannot be read, or not as it was meant: an @ or a slash in a password that is
            not escaped makes libpq take the rest of the password for a host, and print it.
    """
    is_url = _URL.match(url)
    if is_url:
        _refuse_misread(url, url[is_url.end() :])
    try:
        parts: dict[str, Any] = conninfo_to_dict(url)
    except UnicodeDecodeError:
        # Not with its cause, which holds the bytes.
        lack = "DATABASE_URL cannot be read: what follows a % in it is not UTF-8"
        raise UsageError(lack, "Write % as %25.") from None
    except psycopg.ProgrammingError as error:
        fault, step = _fault_of_url(url) if is_url else _fault_of_words(url)
        raise UsageError(f"DATABASE_URL cannot be read: {fault}", step) from error
    if any(re.search(r";\s*\w+\s*=", str(parts[name])) for name in parts.keys() - {*_SECRETS}):
        raise UsageError(
            "DATABASE_URL cannot be read: a semicolon stands between its parameters (they are not "
            "shown here, for its password)",
            f"Part them by blanks, as in host=localhost user=recon. Or: {_FORM}",
        )
    if not all(port.isdecimal() for port in str(parts.get("port") or "0").split(",") if port):
        raise UsageError(
            "the port in DATABASE_URL is not a number (it is not shown here, for it may be a part "
            "of the password)",
            _FORM,
        )
    return parts


def secrets_of(url: str) -> dict[str, str]:
    """What in it nobody else may see, by libpq's names."""
    parts = parts_of(url)
    return {name: str(parts[name]) for name in _SECRETS if parts.get(name)}


def without_secrets(url: str) -> str:
    """The same place as ``key=value`` pairs, fit for a command line."""
    parts = parts_of(url)
    return make_conninfo("", **{k: v for k, v in parts.items() if k not in _SECRETS})


def _refuse_misread(url: str, rest: str) -> None:
    """Raises a UsageError for a URL that libpq reads, and otherwise than it was meant."""
    before = rest.partition("@")[0] if "@" in rest.partition("/")[0] else None
    place = rest if before is None else rest[len(before) + 1 :]
    if "@" in place.partition("?")[0]:
        raise UsageError(
            "DATABASE_URL cannot be read: there is a character in its password, or in another "
            "part of it, that has to be escaped (it is not shown here, for its password)",
            _ESCAPE,
        )
    if re.search(r"[\s\"'`]\Z", url):
        raise UsageError(
            "DATABASE_URL ends with a quote, a blank or the end of a line, which would be a part "
            "of it",
            "Take it off. A file with the line ends of Windows leaves a carriage return there.",
        )


def _fault_of_url(url: str) -> tuple[str, str]:
    """Why libpq cannot read what begins as a URL of PostgreSQL, and the next step."""
    if re.search(r"%(?![0-9A-Fa-f]{2})|%00", url):
        return "a % in it is not followed by two digits of 0 to 9 and A to F", "Write % as %25."
    # What follows the last @ is no part of a password, unless it is a parameter itself.
    before, at, place = url.rpartition("@")
    is_open = at or re.match(r"\w+://[^/?:]*(:[0-9]{1,5})?/[^?]*\?", url)
    query = place.partition("?")[2] if is_open and "?" not in before else ""
    foreign, hidden = _foreign(query.split("&") if query else [])
    if foreign:
        return _named(foreign), _LEAVE_OUT
    if hidden:
        return _HIDDEN, _ESCAPE
    return "libpq does not take it (it is not shown here, for its password)", _FORM


def _fault_of_words(text: str) -> tuple[str, str]:
    """Why libpq cannot read what does not begin as a URL of PostgreSQL, and the next step."""
    if found := _SCHEME.match(text):
        return f"it begins with {found[0]}", "Begin it with postgresql:// and no other word."
    if re.search(r"postgres\w*(\+\w+)?://", text, re.IGNORECASE):
        return "something stands before postgresql://, or it is not in lower case", (
            "Begin it with postgresql://, without a quote, a blank, jdbc: or a command before it."
        )
    foreign, hidden = _foreign(re.findall(r"[^\s;=]+\s*=[^\s;]*", text))
    words = re.match(r"(?:host|hostaddr|port|dbname|user|service)\s*=", text, re.IGNORECASE)
    if words and foreign:
        return _named(foreign), _LEAVE_OUT
    if words and hidden:
        return _HIDDEN, "Put a password with a blank in it between single quotes."
    return "it does not begin with postgresql:// (it is not shown here, for its password)", _FORM


def _foreign(parameters: list[str]) -> tuple[list[str], bool]:
    """The names that libpq does not know, and whether one stands behind a secret.

    What follows a secret may be the rest of it, and is not named.
    """
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    foreign: list[str] = []
    for parameter in parameters:
        name = parameter.partition("=")[0].strip()
        if name in _SECRETS or not _OPEN.fullmatch(name):
            return foreign, not foreign
        if name not in known and name not in foreign:
            foreign.append(name)
    return foreign, False


def _named(names: list[str]) -> str:
    return f"PostgreSQL has no parameter {' and no '.join(names)}"
