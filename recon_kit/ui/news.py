"""What is looked at again and again: whether anything has changed, and how far runs are."""

from __future__ import annotations

from recon_kit.db import Connection, rows, value

BAR = 24
"""Characters of the bar of a run."""


def news(connection: Connection) -> tuple[str, str]:
    """The stamp of the state, and a line for the runs in progress."""
    bars = []
    for run in rows(connection, "runs_in_progress"):
        done, days, left = run["done_days"], run["planned_days"], run["seconds_left"]
        drawn = "#" * (BAR * done // days)
        told = f", about {left:,.0f} s left" if left else ""
        bars.append(f"run {run['run_id']} [{drawn:-<{BAR}}] {done:,} of {days:,} days{told}")
    return value(connection, "state_stamp"), "\n".join(bars)
