"""A problem date, a half hour in each statement, so that a timeout is that of a half hour.

recon.reconcile_critical does the same in one call, which a timeout ends as a whole.
"""

from __future__ import annotations

import random
import time
from datetime import date

from psycopg.errors import QueryCanceled
from psycopg.rows import DictRow

from recon_kit.db import Connection, one, value
from recon_kit.errors import BusyError

ATTEMPTS = 3
"""Times that a half hour is tried."""


def reconcile_critical(connection: Connection, settlement_date: date) -> DictRow:
    """Repairs one date by half hours, each in a transaction of its own.

    Returns:
        The run, its outcome and message, as recon.reconcile_critical does.

    Raises:
        BusyError: A statement was cut off; what was repaired until then is committed.
    """
    one(connection, "require_known_date", settlement_date=settlement_date)
    run = {
        "settlement_date": settlement_date,
        "run_id": value(connection, "start_critical_run", settlement_date=settlement_date),
    }
    value(connection, "require_not_stopped", **run)
    value(connection, "require_not_skipped", **run)
    periods = value(connection, "periods_with_gaps", **run)
    left = list(periods)
    try:
        for period in periods:
            if value(connection, "is_paused"):
                break
            if _repair(connection, period, run):
                left.remove(period)
            value(connection, "require_not_stopped", **run)
        outcome = value(connection, "finish_critical", **run)
    except QueryCanceled as error:
        raise BusyError(
            f"{len(periods) - len(left)} of {len(periods)} half hours were repaired and are "
            f"committed; then: {error.diag.message_primary}",
            f"Run again, which goes on from there: recon-kit critical {settlement_date}; with a "
            "longer statement_timeout if it comes no further.",
        ) from error
    message = value(connection, "run_message", **run)
    value(connection, "require_not_stopped", **run)
    return {"run_id": run["run_id"], "outcome": outcome, "message": message}


def fix_critical(connection: Connection, max_dates: int) -> DictRow:
    """The same for the dates of most curtailed energy that are not complete.

    Returns:
        How many dates, the outcome and a line each, as recon.fix_critical does.
    """
    dates: list[date] = value(connection, "critical_days", max_dates=max_dates)
    outcome, told = "complete", []
    for day in dates:
        if value(connection, "is_paused"):
            outcome = "incomplete"
            told.append(f"runs were paused before {day}")
            break
        done = reconcile_critical(connection, day)
        told.append(f"{day} {done['outcome']}: {done['message']}")
        if done["outcome"] != "complete":
            outcome = done["outcome"]
    return {"dates": len(dates), "outcome": outcome, "message": "\n".join(told) or None}


def _repair(connection: Connection, period: int, run: DictRow) -> bool:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            if value(connection, "attempt_period", period=period, attempts=attempt, **run):
                return True
        except QueryCanceled:
            if attempt == ATTEMPTS:
                raise
        time.sleep(0.2 * attempt * (0.5 + random.random()))  # noqa: S311
    return False
