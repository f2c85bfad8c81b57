"""Whether a database, and the way to it, are fit for the kit. Only looks."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import psycopg

from recon_kit.db import Connection, connect, query, rows, transaction, translate, value
from recon_kit.dynamodb import Table
from recon_kit.earlier import begun_earlier
from recon_kit.errors import ReconError
from recon_kit.resources import code_files, earlier_ids, known_ids, migration_ids
from recon_kit.secret_names import DEFAULT, variable, webhooks_in
from recon_kit.settings import VARIABLES, Settings

CLOCK_TOLERANCE = 60.0
"""Seconds between the clocks here and there. AWS refuses a signature that is 300 s off."""

PROBE_PATIENCE = 5.0
"""Seconds to wait for a pooler to lend a second connection."""


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, and what to do about it."""

    outcome: Literal["ok", "warning", "failure"]
    subject: str
    finding: str
    next_step: str | None = None


def examine(url: str, settings: Settings) -> Iterator[Finding]:
    """Looks at the connection, the database and DynamoDB, a finding at a time."""
    try:
        connection = connect(url)
    except ReconError as error:
        yield _failure("connection", error)
    else:
        with connection:
            yield from _database(url, connection)
    yield _dynamodb(settings)


def _failure(subject: str, error: ReconError | psycopg.Error) -> Finding:
    known = translate(error) if isinstance(error, psycopg.Error) else error
    return Finding("failure", subject, known.message, known.hint)


def _database(url: str, connection: Connection) -> Iterator[Finding]:
    # Alone, not in a transaction: a pooler that has none is to be named as one.
    [here] = connection.execute(query("connection"), {"now": datetime.now(UTC)})
    info = connection.info
    where = f"{info.host or 'this machine'}, port {info.port}"
    yield Finding("ok", "connection", f"database {here['database']} at {where}, as {info.user}")
    yield _tls(connection)
    yield _pooler(url, connection, here["backend_pid"])
    yield _clock(here["seconds_ahead"])
    if not here["has_schema"]:
        lack = f"database {here['database']} has no schema recon"
        yield Finding("failure", "schema", lack, "recon-kit migrate")
    elif not here["may_look"]:
        lack = f"role {info.user} may nothing in schema recon"
        yield Finding("failure", "rights", lack, f'grant recon_reader to "{info.user}"')
    else:
        try:
            yield from _kit(connection)
        except psycopg.Error as error:
            yield _failure("schema", error)


def _tls(connection: Connection) -> Finding:
    info = connection.info
    mode = info.get_parameters().get("sslmode", "prefer")
    step = "add sslmode=verify-full (and sslrootcert) to DATABASE_URL"
    if not _is_remote(info.host):
        return Finding("ok", "tls", "not needed: the server is on this machine")
    if not info.pgconn.ssl_in_use:
        return Finding("warning", "tls", "passwords and rows cross the network in the clear", step)
    if mode not in ("verify-ca", "verify-full"):
        found = f"in use, but with sslmode={mode} nobody checks who answers"
        return Finding("warning", "tls", found, step)
    return Finding("ok", "tls", f"in use, with sslmode={mode}")


def _is_remote(host: str) -> bool:
    """Whether a host as libpq has it is another machine; a folder is a socket's."""
    with suppress(ValueError):
        return not ipaddress.ip_address(host).is_loopback
    return not (host.startswith(("/", "@")) or host in ("", "localhost"))


def _pooler(url: str, connection: Connection, backend_pid: int) -> Finding:
    """What stands between. A pooler signs clients in under process ids that it makes up."""
    if connection.info.backend_pid == backend_pid:
        return Finding("ok", "pooler", "none: the connection is direct")
    probe = ThreadPoolExecutor(max_workers=1)
    try:
        shares = probe.submit(_lends_by_transaction, url, connection, backend_pid)
        if shares.result(timeout=PROBE_PATIENCE):
            return Finding("ok", "pooler", "one that lends connections by transaction")
        return Finding("ok", "pooler", "one that gives each client a connection of its own")
    except TimeoutError:
        found = f"it lends no second connection within {PROBE_PATIENCE:.0f} s"
        step = "raise its pool size, or reconcile with --workers 1"
        return Finding("warning", "pooler", found, step)
    except (ReconError, psycopg.Error) as error:
        return _failure("pooler", error)
    finally:
        probe.shutdown(wait=False)


def _lends_by_transaction(url: str, connection: Connection, backend_pid: int) -> bool:
    """Whether another client gets the process we had, or we another while that client holds it."""
    with connect(url) as other, transaction(other):
        lent = value(other, "backend_pid")
        return bool(lent == backend_pid or value(connection, "backend_pid") != backend_pid)


def _clock(seconds_ahead: float) -> Finding:
    if abs(seconds_ahead) <= CLOCK_TOLERANCE:
        return Finding("ok", "clock", f"the server's and ours agree within {CLOCK_TOLERANCE:.0f} s")
    found = f"the server's is {seconds_ahead:+.0f} s from ours; AWS refuses what is 300 s off"
    return Finding("warning", "clock", found, "set both by NTP: timedatectl set-ntp true")


def _kit(connection: Connection) -> Iterator[Finding]:
    """What is deployed beside this recon-kit; where that is of one age, what the SQL can say."""
    known = earlier_ids() if begun_earlier(connection) else migration_ids()
    unknown = [r["migration_id"] for r in rows(connection, "unknown_migrations", known=known_ids())]
    to_come = [r["migration_id"] for r in rows(connection, "migrations_to_come", known=known)]
    if unknown:
        found = f"newer than this recon-kit: it has {', '.join(unknown)}"
        yield Finding("failure", "schema", found, "upgrade recon-kit")
    elif to_come:
        found = f"older than this recon-kit: it lacks {', '.join(to_come)}"
        yield Finding("failure", "schema", found, "recon-kit migrate")
    else:
        yield Finding("ok", "schema", f"at {known[-1]}, as this recon-kit")
        yield _code(connection)
        yield from (Finding(**row) for row in rows(connection, "doctor"))
        yield from _webhooks(connection)


def _code(connection: Connection) -> Finding:
    files = [path.read_text(encoding="utf-8") for path in code_files()]
    other = [f"{r['name']} {r['fault']}" for r in rows(connection, "other_code", files=files)]
    if not other:
        return Finding("ok", "code", "that of this recon-kit")
    found = f"{len(other)} objects are not as in this recon-kit: {', '.join(other[:5])}"
    return Finding("failure", "code", found + (", ..." if other[5:] else ""), "recon-kit migrate")


def _webhooks(connection: Connection) -> Iterator[Finding]:
    """Whether each has its URL here, where listen and worker look for it, and each URL a webhook.

    Nobody need have a URL for default.
    """
    known = {row["webhook"] for row in rows(connection, "webhooks")}
    here = set(webhooks_in(os.environ))
    for name in sorted(known - here - {DEFAULT}):
        step = f"set {variable(name)} where listen or worker runs, or: recon-kit remove-webhook "
        lack = f"{name} has no URL in this environment"
        yield Finding("warning", "webhooks", lack, step + name)
    for name in sorted(here - known):
        lack = f"{variable(name)} is set, and there is no webhook {name}"
        yield Finding("warning", "webhooks", lack, f"recon-kit set-webhook {name}")
    if here | {DEFAULT} == known | {DEFAULT}:
        yield Finding("ok", "webhooks", ", ".join(sorted(here)) or "none is set")


def _dynamodb(settings: Settings) -> Finding:
    """Needed by those who sync from it: a failure only where it was named in the settings."""
    names = [name for name in VARIABLES if name.startswith("RECON_DYNAMODB_")]
    is_named = any(os.environ.get(name) for name in names)
    try:
        Table(settings, attempts=1).probe()
    except ReconError as error:
        hint = error.hint if is_named else f"{error.hint} Or: recon-kit sync --from-file FILE"
        return Finding("failure" if is_named else "warning", "dynamodb", error.message, hint)
    return Finding("ok", "dynamodb", f"table {settings.dynamodb_table!r} can be read")
