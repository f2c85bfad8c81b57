"""How fast it is: ratios within one run, on the embedded server with durable settings."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from math import inf
from pathlib import Path

from recon_kit import show
from recon_kit.db import connect
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate
from tests.bench import edges, engine
from tests.bench.measure import Measurement
from tests.bench.world import World

SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
SMALL, LARGE, HUGE, QUICK = 22, 645, 6450, 45
"""Days: 10^5, 3 x 10^6 and 3 x 10^7 cells, and what two minutes allow."""

REGRESSION = 1.1
"""Times the CPU of before from which it is called more."""

Case = Callable[[World], Iterator[Measurement]]
WHEN_SMALL: list[Case] = [engine.nothing_to_do, engine.one_day]
WHEN_LARGE: list[Case] = [
    engine.first_reconcile,
    engine.nothing_to_do,
    engine.one_day,
    engine.looking,
    engine.verify,
    engine.changed_inputs,
    edges.ingest,
    edges.latency,
    edges.beside,
    edges.queue,
    edges.batches,
    edges.memory,
    edges.sync,
]
WHEN_HUGE: list[Case] = [engine.nothing_to_do, engine.one_day, engine.looking]


def main() -> None:
    """Prints a line for each measurement, and writes all as JSON."""
    arguments = argparse.ArgumentParser(prog="make bench ARGS=...")
    arguments.add_argument("--quick", action="store_true", help="on little data, in two minutes")
    arguments.add_argument("--huge", action="store_true", help="at 3 x 10^7 cells too")
    arguments.add_argument("--only", nargs="*", default=[], help="the cases of these names")
    arguments.add_argument("--repetitions", type=int)
    arguments.add_argument("--json", type=Path, help="a file to write the figures to")
    arguments.add_argument("--beside", type=Path, help="such a file, to fail where CPU has grown")
    options = arguments.parse_args()
    repetitions = options.repetitions or (3 if options.quick else 5)
    found: list[Measurement] = []
    with throwaway_server(durable=True, options=SETTINGS) as server:
        migrate(server.url())
        with connect(server.url()) as db:
            machine = {
                "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.release()}",
                "postgresql": db.info.parameter_status("server_version"),
                "settings": SETTINGS,
                "repetitions": repetitions,
            }
            show.line(f"{machine}\n")
            show.line("| what | against | median (spread) | |\n|---|---|---|---|")
            world = World(server.url(), db, repetitions)
            for days, cases in (
                (SMALL, WHEN_SMALL),
                (QUICK if options.quick else LARGE, WHEN_LARGE),
                (HUGE, WHEN_HUGE if options.huge else []),
            ):
                chosen = [c for c in cases if not options.only or c.__name__ in options.only]
                if chosen:
                    world.grow_to(days)
                for case in chosen:
                    show.note(f"{case.__name__} ...")
                    for line in case(world):
                        found.append(line)
                        show.line(f"| {line.what} | {line.against} | {line} | {line.note} |")
    if options.json:
        figures = {**machine, "figures": [asdict(line) for line in found]}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    if options.beside:
        before = {
            line["what"]: line["cpu"] for line in json.loads(options.beside.read_text())["figures"]
        }
        worse = [
            f"{line.what}: CPU {line.cpu:.2f} x, and {before[line.what]:.2f} x in {options.beside}"
            for line in found
            if line.cpu and line.cpu > REGRESSION * (before.get(line.what) or inf)
        ]
        if worse:
            sys.exit("\n".join(["more CPU than before:", *worse]))


if __name__ == "__main__":
    main()
