"""The slowest statements of a run, each once, with its plan and buffers."""

from __future__ import annotations

import re
import sys

from recon_kit import show
from recon_kit.db import connect
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate
from tests.bench.engine import plant_faults
from tests.bench.world import World

SHOWN = 5
CALL = re.compile(r"^(Result|Function Scan) ", re.MULTILINE)
"""The plan of a statement that only calls a function, whose own statements follow."""

EXPLAIN = {
    "auto_explain.log_min_duration": "1",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_nested_statements": "on",
    "client_min_messages": "log",
}


def main(days: int = 45) -> None:
    """A first run over that many days, and one that repairs one cell in a hundred."""
    with throwaway_server(durable=True) as server:
        migrate(server.url())
        with connect(server.url()) as db:
            world = World(server.url(), db, repetitions=1)
            world.grow_to(days)
            db.execute("load 'auto_explain'")
            db.execute("update recon.settings set fuse_share = 1")
            plans: list[str] = []
            db.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))
            for title in ("A first run", "A run that repairs one cell in a hundred"):
                if title == "A first run":
                    world.begin_again()
                else:
                    plant_faults(world, one_in=100)
                plans.clear()
                for name, value in EXPLAIN.items():
                    db.execute("select set_config(%s, %s, false)", (name, value))
                db.execute("call recon.reconcile(batch_days => 1)")
                db.execute("reset client_min_messages")
                show.line(f"\n# {title}")
                for plan in _slowest(plans):
                    show.line(plan)


def _slowest(plans: list[str]) -> list[str]:
    """The longest of each statement, those first that took longest."""
    longest: dict[str, str] = {}
    for plan in sorted((p for p in plans if p.startswith("duration: ")), key=_duration):
        if not CALL.search(plan):
            longest[plan.split("Query Text: ", 1)[-1][:200]] = plan
    return sorted(longest.values(), key=_duration, reverse=True)[:SHOWN]


def _duration(plan: str) -> float:
    return float(plan.split()[1])


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
