"""What the shell offers for a word: dates, farms and kinds of issue, as the database has them."""

from __future__ import annotations

import re
from collections.abc import Callable

import typer

from recon_kit.cli.force import known
from recon_kit.errors import ReconError
from recon_kit.profiles import require_read, settings
from recon_kit.settings import read_setting

Offer = Callable[[typer.Context, str], list[str]]
NAME = "DATABASE_URL"

PLAIN = re.compile(r"[\w.:+-]+")
"""What no shell takes for anything but a word. Names come from the source, and may be anything."""


def offer(name: str) -> Offer:
    """Words by a named query. Where the database cannot be asked, there are none, and no error."""

    def words(ctx: typer.Context, incomplete: str) -> list[str]:
        import psycopg
        from psycopg.conninfo import make_conninfo

        from recon_kit.db import connect, rows

        given = {name: ctx.params.get(name) for name in ("settlement_date", "settlement_period")}
        try:
            with connect(make_conninfo(_url(ctx), connect_timeout=2)) as connection:
                connection.execute("set statement_timeout = '2s'")
                found = rows(connection, name, **given, incomplete=incomplete)
        except (ReconError, psycopg.Error, OSError, UnicodeError):
            return []
        return [word for row in found if PLAIN.fullmatch(word := str(row["word"]))]

    return words


def _url(ctx: typer.Context) -> str:
    """The database of the command line so far; the local one only where it runs."""
    root = ctx.find_root()
    typed = root.params.get("database_url")
    if typed:
        return str(typed)
    found = settings(root.params.get("_profile"), known)
    require_read(found)
    if NAME in found:
        return str(read_setting(NAME, found[NAME].value or ""))
    from recon_kit.local import LocalDatabase

    local = LocalDatabase()
    if not local.running():
        raise ReconError("the local database does not run")
    return local.url
