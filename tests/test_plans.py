"""What the planner makes of the statements that matter, whatever it knows of the tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from recon_kit.db import Connection
from tests.world import STATISTICS, load_farms, reconcile

DAYS = [date(2025, 3, 1) + timedelta(days=n) for n in range(12)]
LARGE = {"curtailment_records", "historical_bitcoin_calculations"}
EXPLAIN = {
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_format": "json",
    "client_min_messages": "log",
}
FAULTS = (
    "delete from historical_bitcoin_calculations where settlement_period = 3",
    "update historical_bitcoin_calculations set difficulty = 1 where settlement_period = 4",
    "update historical_bitcoin_calculations set bitcoin_mined = 1 where settlement_period = 5",
    "insert into historical_bitcoin_calculations (settlement_date, settlement_period, farm_id,"
    " miner_model, bitcoin_mined, difficulty) select distinct settlement_date, 6, 'T_GONE-1', 'S9',"
    " 1, 1 from curtailment_records",
)
WORK = {
    "a first run": ((), "call recon.reconcile()"),
    "a repair": (FAULTS, "call recon.reconcile()"),
    "a new model": (
        ("insert into recon.miner_models values ('S99', 200, 3500)",),
        "call recon.reconcile()",
    ),
    "one date": ((), "call recon.reconcile_date('2025-03-02')"),
    "a critical date": ((FAULTS[2],), "call recon.reconcile_critical('2025-03-02')"),
    "a half hour": ((FAULTS[0],), "select * from recon.spot_fix('2025-03-02', 3, 'T_FARMX-1')"),
    "naming faults": (FAULTS, "select * from recon.gaps()"),
    "a proof": ((), "select * from recon.verify()"),
    "a run with nothing to do": ((), "call recon.reconcile()"),
    "what is pending": ((), "table recon.pending_days"),
    "status": ((), "select * from recon.status()"),
    "a plan": ((FAULTS[1],), "select * from recon.plan()"),
}
"""What is done before, and the statement whose plans are looked at, those of its functions too."""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node of a plan and those below it."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def plans(db: Connection, statement: str) -> list[dict[str, Any]]:
    """What the server says of a statement and of those of its functions."""
    heard: list[str] = []

    def hear(notice: Any) -> None:
        heard.append(notice.message_primary or "")

    db.add_notice_handler(hear)
    for name, value in EXPLAIN.items():
        db.execute("select set_config(%s, %s, false)", (name, value))
    db.execute(statement.encode()).fetchall()
    db.execute("reset client_min_messages")
    db.remove_notice_handler(hear)
    return [json.loads(text.split("plan:", 1)[1]) for text in heard if "plan:" in text]


def reads_all(node: dict[str, Any]) -> bool:
    """Whether it reads a large table without a condition that an index looks up."""
    return (
        node.get("Relation Name") in LARGE
        and node["Node Type"] != "ModifyTable"
        and not {"Index Cond", "Recheck Cond"} & set(node)
        and node["Actual Rows"] * node["Actual Loops"] > 1
    )


@pytest.mark.parametrize(("before", "after"), STATISTICS.values(), ids=STATISTICS)
def test_no_statement_reads_a_table_from_end_to_end(
    db: Connection, before: list[str], after: list[str]
) -> None:
    """Right after a bulk load too, when a table still counts as empty."""
    db.execute("load 'auto_explain'")
    db.execute("update recon.settings set fuse_share = 1")
    for statement in before:
        db.execute(statement.encode())
    load_farms(db, DAYS)
    for statement in after:
        db.execute(statement.encode())
    for work, (prepare, statement) in WORK.items():
        for first in prepare:
            db.execute(first.encode())
        found = plans(db, statement)
        assert found
        texts = [plan["Query Text"] for plan in found if any(map(reads_all, nodes(plan["Plan"])))]
        assert texts == [], work
        assert reconcile(db)["outcome"] == "complete"


@pytest.mark.parametrize(("before", "after"), STATISTICS.values(), ids=STATISTICS)
def test_a_day_is_compared_by_looking_up_hashes(
    db: Connection, before: list[str], after: list[str]
) -> None:
    """A loop over the energy of the day for each stored row would take minutes."""
    db.execute("load 'auto_explain'")
    for statement in before:
        db.execute(statement.encode())
    load_farms(db, DAYS)
    reconcile(db)
    for statement in after:
        db.execute(statement.encode())
    db.execute("discard plans")
    [compared] = [
        plan
        for plan in plans(db, "select recon.compare_day('2025-03-02', true)")
        if plan["Query Text"].lstrip().startswith("with\n  energy")
    ]
    for node in nodes(compared["Plan"]):
        assert node["Actual Loops"] <= 1 or node["Actual Rows"] <= 10, node["Node Type"]
    assert "JIT" not in compared
    assert "Hash Join" in {node["Node Type"] for node in nodes(compared["Plan"])}
