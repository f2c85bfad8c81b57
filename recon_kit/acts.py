"""What a person decides about a day, on a page or in a terminal: the call, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any

from psycopg import sql

from recon_kit.db import connect, one, query, translated_errors


@dataclass(frozen=True)
class Act:
    """A call of a named query.

    Attributes:
        query: Its name.
        of: What has to be given, besides a reason.
        needs_reason: Whether a reason goes with it.
        said: What came of it, with those parameters and what it returned.
    """

    query: str
    of: tuple[str, ...]
    needs_reason: bool
    said: str

    def statement(self, given: Mapping[str, Any]) -> str:
        """The SQL with its values, as somebody would type it."""
        values = {
            name: sql.Literal(value and str(value)).as_string()
            for name, value in {**DEFAULTS, **given}.items()
        }
        return query(self.query) % values

    def do(self, url: str, given: Mapping[str, Any], stop: Event) -> str:
        """Does it, and says what came of it.

        Args:
            url: Where the database is.
            given: What it is about.
            stop: Once set, a server that is silent is not waited for.

        Raises:
            ReconError: The database cannot be reached, or refuses.
        """
        with connect(url, stop) as connection, translated_errors():
            done = one(connection, self.query, **{**DEFAULTS, **given})
        words = {name: str(value).replace("_", " ") for name, value in given.items()}
        return self.said.format(**{**words, **done})


DEFAULTS = {"reason": "", "to_date": None}
DAY = ("settlement_date",)
ACTS = {
    "reconcile": Act("reconcile_date", DAY, False, "Run {run_id} is {outcome}. {message}"),
    "retry": Act("retry_day", DAY, False, "{settlement_date} is pending: the next run sees to it."),
    "skip": Act(
        "skip_day", DAY, True, "{settlement_date} is skipped until somebody has it tried again."
    ),
    "acknowledge": Act(
        "acknowledge_issue",
        (*DAY, "kind", "subject"),
        True,
        "{kind} of {settlement_date} is acknowledged.",
    ),
}
"""The acts by name."""
