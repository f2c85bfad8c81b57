"""The pages, from the figures of one moment each, over connections that cannot write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from recon_kit import report
from recon_kit.dashboard.state import Bounds, States
from recon_kit.dashboard.templates import draw
from recon_kit.db import Connection, one, rows, value
from recon_kit.errors import UsageError
from recon_kit.reading import Readings
from recon_kit.report import page

EVENTS, RUNS, REPAIRS, RUN_DAYS = 12, 15, 30, 400
"""How many are listed, the latest first."""

NEIGHBOURS = 7
"""Days before a day, and after it, that it is shown beside."""


class Pages(Readings):
    """Draws what is asked for.

    Args:
        url: Where the database is.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._states = States(self.reading)

    def check(self) -> None:
        """Returns if the database answers, and has the kit."""
        self._stamp()

    @property
    def seconds_to_draw(self) -> float:
        """What drawing the state took the last time, but for its slow section."""
        return self._states.seconds_to_draw

    def home(self, bounds: Bounds = (None, None), **common: Any) -> str:
        """The state of a range now.

        Where its slow section is of an earlier moment, it says so, and follows later.

        Raises:
            UsageError: Nothing can be known of that range.
        """
        stamp = self._stamp()
        figures = {**asdict(self._states.state(stamp, bounds)), **_range(bounds)}
        return draw("home", stamp=stamp, **figures, **self._now(), **common)

    def curtailed(self, kind: str, name: str | None, bounds: Bounds, **common: Any) -> str:
        """A farm or lead party (kind farm, lead_party) in a range; with no name, the list of them.

        Raises:
            UsageError: Nothing can be known of that range.
        """
        stamp = self._stamp()
        other = "lead_party" if kind == "farm" else "farm"
        by = [kind]
        if name is not None:
            by += [other, "month"] + (["day"] if page.is_short(*bounds) else [])
        shown: dict[str, Any] = {**_range(bounds), "farm": None, "lead_party": None, kind: name}
        with self.reading() as connection:
            sums = rows(connection, "curtailment_sums", by=by, **shown)
            ever = {**shown, "from_date": None, "to_date": None}
            if name and not sums and not rows(connection, "curtailment_sums", by=[kind], **ever):
                word = kind.replace("_", " ")
                raise UsageError(f"no record that counts is of a {word} {name}")
        shown |= {"kind": kind, "other": other, "name": name, "sums": page.by(sums, "kind")}
        return draw("curtailed", stamp=stamp, **shown, **self._now(), **common)

    def listed(self, name: str, bounds: Bounds, **given: Any) -> report.Listed:
        """The rows of a list of the report, or of recon.curtailment_sums.

        Raises:
            UsageError: Nothing can be known of that range, or of what is asked for.
        """
        with self.reading() as connection:
            return report.listed(connection, name, **_range(bounds), **given)

    def day(self, day: date, period: tuple[int | None] | None, **common: Any) -> str:
        """A date: where it stands, its periods, the cells of one of them, what was done to it.

        Args:
            day: The date.
            period: The one whose cells are shown, (None,) for records without one; None for none.
            **common: What every page has.

        Raises:
            UsageError: Nothing can be known of that date.
        """
        stamp = self._stamp()
        of_day = {"settlement_date": day}
        try:
            with self.reading() as connection:
                one(connection, "require_known_date", **of_day)
        except UsageError as error:
            with self.reading() as connection:
                if not value(connection, "day_is_named", **of_day):
                    raise
            return draw("problem", message=error.message, hint=error.hint, **common)
        with self.reading() as connection:
            only = {"from_date": day, "to_date": day, "farm": None, "lead_party": None}
            figures = {
                "day": one(connection, "day", **of_day),
                "summaries": rows(connection, "day_summaries", **of_day),
                "issues": rows(connection, "day_issues", **of_day),
                "periods": rows(connection, "day_periods", **of_day),
                "farms": rows(connection, "curtailment_sums", by=["farm"], **only),
                "neighbours": rows(connection, "day_neighbours", **of_day, days=NEIGHBOURS),
                "runs_of_day": rows(connection, "day_runs", **of_day, limit=RUNS),
                "repairs": _repairs(connection, day),
                "period": period and period[0],
                "cells": period
                and rows(connection, "period_cells", **of_day, settlement_period=period[0]),
            }
        return draw("day", stamp=stamp, **figures, **self._now(), **common)

    def cell(self, day: date, period: int | None, farm: str | None, **common: Any) -> str:
        """Why the values of a date, period and farm are what they are.

        Raises:
            UsageError: There is no such cell.
        """
        stamp = self._stamp()
        cell = {"settlement_date": day, "settlement_period": period, "farm_id": farm}
        with self.reading() as connection:
            models = rows(connection, "explain", **cell)
            has_key = period is not None and farm is not None
            repairs = _repairs(connection, day, period, farm) if has_key else []
            records = rows(connection, "source_records", **cell)
        figures = {**cell, "models": models, "records": records, "repairs": repairs}
        return draw("cell", stamp=stamp, **figures, **self._now(), **common)

    def run(self, run_id: int, **common: Any) -> str:
        """A run: how it stands, its days with what was done, and its log.

        Raises:
            UsageError: There is no such run, and nothing names one.
        """
        stamp = self._stamp()
        of_run = {"run_id": run_id}
        with self.reading() as connection:
            found = rows(connection, "run_detail", **of_run)
            if not found and not value(connection, "run_is_named", **of_run):
                raise UsageError(f"there is no run {run_id}")
            figures = {
                **of_run,
                "run": found[0] if found else None,
                "message": one(connection, "run_progress", **of_run)["message"] if found else "",
                "run_days": rows(connection, "run_days", **of_run, limit=RUN_DAYS),
                "log": rows(connection, "run_events", **of_run),
            }
        return draw("one_run", stamp=stamp, **figures, **self._now(), **common)

    def _stamp(self) -> str:
        with self.reading() as connection:
            stamp: str = value(connection, "state_stamp")
        return stamp

    def _now(self) -> Mapping[str, Any]:
        """What every page has, and is told of."""
        with self.reading() as connection:
            return {
                "runs": rows(connection, "runs_in_progress"),
                "events": rows(connection, "latest_events", limit=EVENTS),
            }


def _range(bounds: Bounds) -> dict[str, date | None]:
    return dict(zip(("from_date", "to_date"), bounds, strict=True))


def _repairs(
    connection: Connection, day: date, period: int | None = None, farm: str | None = None
) -> list[Any]:
    of_cell = {"settlement_date": day, "settlement_period": period, "farm_id": farm}
    return rows(connection, "day_repairs", **of_cell, limit=REPAIRS)
