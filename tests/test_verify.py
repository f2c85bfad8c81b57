"""Verifying without trust, scrubbing, explaining."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import psycopg
import pytest

from recon_kit.db import Connection
from tests import oracle
from tests.world import (
    MARCH_1,
    MARCH_2,
    call,
    days,
    kinds,
    pass_time,
    pending,
    reconcile,
    record,
    value,
    without_triggers,
)


def findings(db: Connection, depth: str) -> set[tuple[date, str]]:
    """As workers find them, who on so few days would not be worth their start."""
    db.execute("set parallel_setup_cost = 0")
    found = db.execute("select * from recon.verify(depth => %s)", (depth,))
    return {(row["settlement_date"], row["finding"]) for row in found}


@pytest.fixture
def clean(db: Connection) -> Connection:
    """Three reconciled days."""
    days(db, MARCH_1, MARCH_2, date(2025, 3, 3))
    reconcile(db)
    return db


@pytest.mark.parametrize("depth", ["cells", "fingerprints"])
def test_nothing_is_off_in_a_clean_database_and_nothing_becomes_pending(
    clean: Connection, depth: str
) -> None:
    assert findings(clean, depth) == set()
    assert pending(clean) == []


@pytest.mark.parametrize("found", ["cell_findings", "fingerprint_findings"])
def test_workers_share_a_verification(clean: Connection, found: str) -> None:
    clean.execute("set parallel_setup_cost = 0; set min_parallel_table_scan_size = 0")
    plan = clean.execute(f"explain select * from recon.{found}(null, null)".encode())
    assert any("Workers Planned" in row["QUERY PLAN"] for row in plan)


UNNOTICED = {
    "a value changed by the last digit": (
        "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined + 1e-12"
        " where settlement_date = '2025-03-02' and miner_model = 'S9' and settlement_period = 1"
        " and farm_id = 'T_FARM-0'",
        "wrong",
        {"calculations", "daily summary"},
    ),
    "two values exchanged": (
        "update historical_bitcoin_calculations set farm_id = case farm_id"
        " when 'T_FARM-0' then 'T_FARM-1' when 'T_FARM-1' then 'T_FARM-0' else farm_id end || 'x'"
        " where settlement_date = '2025-03-02';"
        "update historical_bitcoin_calculations set farm_id = left(farm_id, -1)"
        " where settlement_date = '2025-03-02'",
        "wrong",
        {"calculations"},
    ),
    "rows deleted": (
        "delete from historical_bitcoin_calculations where settlement_date = '2025-03-02'"
        " and settlement_period = 3",
        "missing",
        {"calculations", "daily summary"},
    ),
    "a difficulty falsified in the rows": (
        "update historical_bitcoin_calculations set difficulty = difficulty + 1"
        " where settlement_date = '2025-03-02' and miner_model = 'M20S'",
        "stale",
        {"calculations"},
    ),
    "source loaded": (
        "insert into curtailment_records"
        " (settlement_date, settlement_period, farm_id, volume, payment)"
        " values ('2025-03-02', 9, 'T_NEW-1', -5, 350)",
        "missing",
        {"source"},
    ),
    "source deleted": (
        "delete from curtailment_records where settlement_date = '2025-03-02'"
        " and settlement_period = 1",
        "orphan",
        {"source"},
    ),
    "source doubled": (
        "insert into curtailment_records"
        " (settlement_date, settlement_period, farm_id, volume, payment)"
        " select settlement_date, settlement_period, farm_id, volume, payment"
        " from curtailment_records where settlement_date = '2025-03-02'",
        "wrong",
        {"source"},
    ),
}


@pytest.mark.parametrize("what", UNNOTICED)
@pytest.mark.parametrize("depth", ["cells", "fingerprints"])
def test_what_no_trigger_saw_is_found_named_and_mended(
    clean: Connection, what: str, depth: str
) -> None:
    statement, kind, hashes = UNNOTICED[what]
    without_triggers(clean, statement)
    assert pending(clean) == []
    found = findings(clean, depth)
    expected = (hashes & {"daily summary"}) | ({kind} if depth == "cells" else hashes)
    assert found == {(MARCH_2, finding) for finding in expected}
    assert pending(clean) == [MARCH_2]
    assert reconcile(clean)["outcome"] == "complete"
    oracle.assert_consistent(clean)
    assert findings(clean, "cells") == findings(clean, "fingerprints") == set()


def test_a_difficulty_changed_unnoticed_shows_in_both_depths(clean: Connection) -> None:
    without_triggers(
        clean,
        "update recon.network_difficulties set difficulty = 99"
        " where settlement_date = '2025-03-01'",
        "recon.network_difficulties",
    )
    assert findings(clean, "fingerprints") == {(MARCH_1, "source")}
    assert findings(clean, "cells") == {(MARCH_1, "stale")}


def test_all_three_summaries_are_compared(clean: Connection) -> None:
    without_triggers(
        clean,
        "update bitcoin_daily_summaries set bitcoin_mined = bitcoin_mined + 1"
        " where summary_date = '2025-03-01' and miner_model = 'S9'",
        "bitcoin_daily_summaries",
    )
    assert findings(clean, "cells") == {
        (MARCH_1, "daily summary"),
    }
    without_triggers(clean, "update bitcoin_monthly_summaries set bitcoin_mined = 1")
    without_triggers(clean, "delete from recon.daily_sums where summary_date = '2025-03-01'")
    assert (
        findings(clean, "cells")
        == findings(clean, "fingerprints")
        == {
            (MARCH_1, "daily summary"),
            (MARCH_1, "monthly summary"),
            (date(2025, 1, 1), "yearly summary"),
        }
    )
    reconcile(clean)
    assert findings(clean, "cells") == set()


def test_blocked_and_invalid_cells_are_named_and_not_pending(db: Connection) -> None:
    days(db, MARCH_1)
    record(db, MARCH_1, 49)
    record(db, MARCH_2)
    reconcile(db)
    assert kinds(db) == {"invalid_source": 3, "blocked": 3}
    expected = {(MARCH_1, "invalid_source"), (MARCH_2, "blocked")}
    assert findings(db, "cells") == findings(db, "fingerprints") == expected
    assert pending(db) == []


def test_a_day_never_reconciled_is_unknown_to_the_fingerprints(db: Connection) -> None:
    days(db, MARCH_1)
    assert findings(db, "fingerprints") == {(MARCH_1, "unknown")}
    assert findings(db, "cells") == {(MARCH_1, "missing")}


@pytest.mark.parametrize(
    ("column", "type_name"),
    [
        ("settlement_period", "bigint"),
        ("bitcoin_mined", "double precision"),
        ("difficulty", "double precision"),
    ],
)
def test_a_column_that_has_become_of_another_type_is_named_and_does_not_stop_the_proof(
    clean: Connection, column: str, type_name: str
) -> None:
    clean.execute(
        f"alter table historical_bitcoin_calculations alter {column} type {type_name}".encode()
    )
    without_triggers(
        clean,
        "update historical_bitcoin_calculations set bitcoin_mined = 1"
        f" where settlement_date = '{MARCH_1}'",
    )
    found = clean.execute("select * from recon.verify()").fetchall()
    assert any(f"{column} of type {type_name}" in row["finding"] for row in found)
    assert (MARCH_1, "wrong", 36) in {tuple(row.values()) for row in found}
    assert MARCH_2 not in {row["settlement_date"] for row in found}


def test_only_the_range_is_verified(clean: Connection) -> None:
    without_triggers(clean, "delete from historical_bitcoin_calculations")
    found = clean.execute(
        "select distinct settlement_date from recon.verify('2025-03-02', '2025-03-03')"
    ).fetchall()
    assert {row["settlement_date"] for row in found} == {MARCH_2, date(2025, 3, 3)}


def test_an_unknown_depth_is_refused(db: Connection) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="depth is 'deep'"):
        db.execute("select * from recon.verify(depth => 'deep')")


def test_scrub_proves_the_day_verified_longest_ago_first(clean: Connection) -> None:
    clean.execute("select recon.verify('2025-03-01', '2025-03-02')")
    pass_time(clean, "1 day")
    first = clean.execute("select recon.days_to_scrub() as dates").fetchone()
    assert first is not None
    assert first["dates"][0] == date(2025, 3, 3)
    without_triggers(
        clean, "delete from historical_bitcoin_calculations where settlement_date = '2025-03-03'"
    )
    done = call(clean, "call recon.scrub('1 minute')")
    assert (done["days"], done["days_off"]) == (3, 1)
    assert pending(clean) == [date(2025, 3, 3)]
    assert value(clean, "select min(verified_at) > now() - interval '1 hour' from recon.days")


def test_scrub_keeps_to_its_budget(clean: Connection) -> None:
    assert call(clean, "call recon.scrub('1 microsecond')")["days"] <= 1
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        clean.execute("call recon.scrub('0')")


def test_explain_tells_where_a_value_comes_from(clean: Connection) -> None:
    clean.execute(
        "update historical_bitcoin_calculations set bitcoin_mined = 7"
        " where settlement_date = '2025-03-01' and miner_model = 'S9'"
    )
    reconcile(clean)
    record(clean, MARCH_1, 2, "T_FARM-1", -3)
    told = {
        row["miner_model"]: row
        for row in clean.execute("select * from recon.explain('2025-03-01', 2, 'T_FARM-1')")
    }
    assert set(told) == {"M20S", "S19J_PRO", "S9"}
    s9 = told["S9"]
    assert (s9["verdict"], s9["source_rows"], s9["day_state"]) == ("wrong", 2, "pending")
    assert s9["curtailed_mwh"] == Decimal("5.25")
    assert s9["difficulty_source"].startswith("manual")
    assert s9["last_repair"].startswith("wrong, was 7 BTC, by run 2")
    assert s9["expected_btc"] == oracle.expected(clean)[MARCH_1, 2, "T_FARM-1", "S9"][0]
    assert s9["stored_btc"] == oracle.stored(clean)[MARCH_1, 2, "T_FARM-1", "S9"][0]
    assert told["M20S"]["last_repair"] is None
