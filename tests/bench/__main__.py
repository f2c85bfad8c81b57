"""How fast it is: ratios within one run, on the embedded server with durable settings.

The floor F is an insert of the same finished rows, sorted, into the same table with its key and
none of its triggers. Medians of the repetitions, with the spread.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from recon_kit import show
from recon_kit.db import Connection, connect, query, value
from recon_kit.demo import FARMS
from recon_kit.driver import Plan, reconcile
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate

FIRST = date(2023, 1, 1)
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}


def timed(work: Callable[[], Any]) -> float:
    """Seconds that it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def summary(seconds: list[float]) -> dict[str, float]:
    """Median and spread, in milliseconds."""
    return {
        "median_ms": round(statistics.median(seconds) * 1000, 2),
        "min_ms": round(min(seconds) * 1000, 2),
        "max_ms": round(max(seconds) * 1000, 2),
    }


def generate(db: Connection, first: date, days: int) -> None:
    """Records and difficulty of so many days more."""
    db.execute(query("generate_records"), {"from_date": first, "days": days, "farms": FARMS})
    db.execute(
        "insert into recon.network_difficulties (settlement_date, difficulty)"
        " select d, 83947913181361.6 from generate_series(%s::date, %s::date + %s - 1, '1 day') d",
        (first, first, days),
    )
    db.execute("vacuum analyze public.curtailment_records")


def floor(db: Connection) -> float:
    """F: seconds to insert the finished rows, sorted, into a table like theirs."""
    db.execute("drop table if exists floor")
    db.execute("create table floor (like public.historical_bitcoin_calculations including all)")
    return timed(
        lambda: db.execute(
            "insert into floor select * from public.historical_bitcoin_calculations"
            " order by settlement_date, settlement_period, farm_id, miner_model"
        )
    )


def nothing_to_do(db: Connection, repetitions: int) -> dict[str, float]:
    """A run without a pending day: in the database alone, as one call."""
    db.execute("call recon.reconcile()")
    return summary(
        [timed(lambda: db.execute("call recon.reconcile()")) for _ in range(repetitions)]
    )


def first_reconcile(url: str, db: Connection, workers: int, repetitions: int) -> dict[str, Any]:
    """All rows anew, beside F in turn."""
    ours, floors = [], []
    for _ in range(repetitions):
        db.execute("truncate public.historical_bitcoin_calculations")
        db.execute("checkpoint")
        ours.append(timed(lambda: reconcile(url, Plan(order_by="oldest", workers=workers))))
        db.execute("checkpoint")
        floors.append(floor(db))
    cells = value(db, "count_calculations")
    ratio = statistics.median(a / b for a, b in zip(ours, floors, strict=True))
    return {
        "cells": cells,
        "workers": workers,
        "reconcile": summary(ours),
        "floor": summary(floors),
        "cells_per_second": round(cells / statistics.median(ours)),
        "floor_rows_per_second": round(cells / statistics.median(floors)),
        "ratio_to_floor": round(ratio, 2),
    }


def main() -> None:
    """Prints a table, or JSON with --json."""
    arguments = argparse.ArgumentParser(prog="make bench ARGS=...")
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--repetitions", type=int, default=3)
    options = arguments.parse_args()
    results: dict[str, Any] = {
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "settings": SETTINGS,
    }
    with throwaway_server(durable=True, options=SETTINGS) as server:
        url = server.url()
        migrate(url)
        with connect(url) as db:
            results["postgresql"] = value(db, "server_version")
            grown = 0
            for cells, days in ((100_000, 22), (1_000_000, 215), (3_000_000, 645)):
                show.note(f"growing to about {cells:,} cells ...")
                generate(db, date.fromordinal(FIRST.toordinal() + grown), days - grown)
                grown = days
                reconcile(url, Plan(order_by="oldest", workers=2))
                db.execute("vacuum analyze public.historical_bitcoin_calculations")
                stored = value(db, "count_calculations")
                results[f"nothing to do at {stored:,} cells"] = nothing_to_do(db, 21)
                if cells == 1_000_000:
                    for workers in (1, 2):
                        show.note(f"first reconcile, {workers} at work ...")
                        results[f"first reconcile, {workers} at work"] = first_reconcile(
                            url, db, workers, options.repetitions
                        )
    if options.json:
        show.line(json.dumps(results, indent=2))
        return
    for name, result in results.items():
        show.line(f"{name:<36} {_flat(result)}")


def _flat(result: Any) -> str:
    if not isinstance(result, dict):
        return str(result)
    return ", ".join(
        f"{key} {_flat(item) if not isinstance(item, dict) else '(' + _flat(item) + ')'}"
        for key, item in result.items()
    )


if __name__ == "__main__":
    main()
