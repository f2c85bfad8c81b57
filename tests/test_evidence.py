"""Whatever verb ran, a tampering that fingerprints would have found is still found, or mended.

`make torture` makes more and longer histories.
"""

# ruff: noqa: ARG005

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recon_kit.db import Connection
from tests.world import (
    LONG,
    MARCH_1,
    MARCH_2,
    days,
    difficulty,
    length,
    reconcile,
    record,
    without_triggers,
)

MARCH_3 = date(2025, 3, 3)
DAYS = [MARCH_1, MARCH_2, MARCH_3]

RESET = """
truncate curtailment_records, historical_bitcoin_calculations, bitcoin_daily_summaries,
  bitcoin_monthly_summaries, bitcoin_yearly_summaries, recon.daily_sums,
  recon.network_difficulties, recon.days, recon.runs, recon.run_days, recon.repairs,
  recon.period_failures, recon.difficulty_decisions, recon.difficulty_refusals;
delete from recon.miner_models where miner_model = 'S21';
update recon.settings set fuse_share = 1, paused_reason = null;
delete from recon.changes;
select recon.refresh_summaries();
"""

STATES: dict[str, Callable[[Connection, date], object]] = {
    "reconciled": lambda db, day: None,
    "invalid cell with its row": lambda db, day: record(db, day, 2, "T_FARM-1", -10_001),
    "invalid cell without a row": lambda db, day: record(db, day, 49, "T_NEW-1", -10),
    "blocked": lambda db, day: db.execute(
        "delete from recon.network_difficulties where settlement_date = %s", (day,)
    ),
    "skipped": lambda db, day: db.execute("select recon.skip_day(%s, 'disputed')", (day,)),
    "no data": lambda db, day: db.execute(
        "delete from curtailment_records where settlement_date = %s", (day,)
    ),
}

VERBS: dict[str, Callable[[Connection, date], object]] = {
    "spot_fix of the first cell": lambda db, day: db.execute(
        "select * from recon.spot_fix(%s, 1, 'T_FARM-0')", (day,)
    ),
    "spot_fix of the last cell": lambda db, day: db.execute(
        "select * from recon.spot_fix(%s, 2, 'T_FARM-1')", (day,)
    ),
    "critical": lambda db, day: db.execute("call recon.reconcile_critical(%s)", (day,)),
    "reconcile": lambda db, day: db.execute("call recon.reconcile()"),
    "forced": lambda db, day: db.execute("call recon.reconcile(force => true)"),
    "a new model": lambda db, day: db.execute(
        "insert into recon.miner_models values ('S21', 200, 3500) on conflict do nothing;"
        " update recon.miner_models set power_watts = power_watts + 1 where miner_model = 'S21'"
    ),
    "another difficulty": lambda db, day: difficulty(db, day),
    "no difficulty": lambda db, day: db.execute(
        "delete from recon.network_difficulties where settlement_date = %s", (day,)
    ),
    "a record more": lambda db, day: record(db, day, 1, "T_FARM-1", -1),
    "retry": lambda db, day: db.execute("select recon.retry_day(%s)", (day,)),
    "skip": lambda db, day: db.execute("select recon.skip_day(%s, 'disputed')", (day,)),
    "refresh": lambda db, day: db.execute("select recon.refresh_summaries()"),
}
REFUSED = {"22023", "55000"}

TAMPERINGS = {
    "a value": "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined + 1"
    " where settlement_date = '{day}' and settlement_period = 2 and farm_id = 'T_FARM-1'",
    "a row": "delete from historical_bitcoin_calculations"
    " where settlement_date = '{day}' and settlement_period = 2 and farm_id = 'T_FARM-1'",
    "an orphan": "insert into historical_bitcoin_calculations (settlement_date, settlement_period,"
    " farm_id, miner_model, bitcoin_mined, difficulty) values"
    " ('{day}', 2, 'T_GONE-1', 'S9', 1, 1) on conflict do nothing",
}


UNPROVEN = ("blocked", "failed", "skipped", "invalid_source")
"""What verify names because it cannot be proven, and not because it is off."""


def found(db: Connection, depth: str) -> set[date]:
    """Days of which something is off, verifying without leaving a trace."""
    with db.transaction(force_rollback=True):
        rows = db.execute("select * from recon.verify(depth => %s)", (depth,)).fetchall()
    no_evidence = {"monthly summary", "yearly summary", *UNPROVEN}
    return {row["settlement_date"] for row in rows if row["finding"] not in no_evidence}


def off(db: Connection, day: date, before: Any) -> bool:
    """Whether what was tampered with is still as the tamperer left it."""
    return bool(rows_of(db, day) == before)


def rows_of(db: Connection, day: date) -> list[Any]:
    return db.execute(
        "select settlement_period, farm_id, miner_model, bitcoin_mined, difficulty"
        " from historical_bitcoin_calculations where settlement_date = %s and settlement_period = 2"
        " and farm_id in ('T_FARM-1', 'T_GONE-1') and miner_model <> 'S21' order by 1, 2, 3",
        (day,),
    ).fetchall()


def do(db: Connection, verb: Callable[[Connection, date], object], day: date) -> None:
    with suppress(psycopg.Error):
        try:
            verb(db, day)
        except psycopg.Error as error:
            if error.sqlstate not in REFUSED:
                raise AssertionError(str(error)) from error
            raise


@pytest.mark.torture
@pytest.mark.timeout(900)
def test_evidence_is_never_lost_and_both_depths_agree(db: Connection) -> None:
    @settings(
        max_examples=length(25, 120),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=not LONG,
    )
    @given(
        day=st.sampled_from(DAYS),
        state=st.sampled_from(sorted(STATES)),
        tampering=st.sampled_from(sorted(TAMPERINGS)),
        verbs=st.lists(st.sampled_from(sorted(VERBS)), min_size=1, max_size=4),
    )
    def history(day: date, state: str, tampering: str, verbs: list[str]) -> None:
        db.execute(RESET.encode())
        days(db, *DAYS, farms=2, periods=2)
        reconcile(db)
        STATES[state](db, day)
        reconcile(db)
        before = rows_of(db, day)
        without_triggers(db, TAMPERINGS[tampering].format(day=day))
        tampered = rows_of(db, day)
        if tampered == before or day not in found(db, "fingerprints"):
            return
        for verb in verbs:
            do(db, VERBS[verb], day)
            if off(db, day, tampered):
                assert day in found(db, "fingerprints"), f"lost by {verb}"
        reconcile(db)
        if off(db, day, tampered):
            assert day in found(db, "fingerprints"), "lost by the run"
        assert_depths_agree(db)

    history()


def assert_depths_agree(db: Connection) -> None:
    """Of days that a run has done and nobody has tampered with since."""
    by_cells, by_fingerprints = found(db, "cells"), found(db, "fingerprints")
    proven = {
        row["settlement_date"]
        for row in db.execute("select settlement_date from recon.days where outcome = 'reconciled'")
    }
    assert by_cells & proven == by_fingerprints & proven


def test_a_spot_fix_of_a_right_cell_leaves_the_evidence_of_others(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    without_triggers(db, TAMPERINGS["a value"].format(day=MARCH_1))
    assert found(db, "fingerprints") == found(db, "cells") == {MARCH_1}
    db.execute("select * from recon.spot_fix('2025-03-01', 1, 'T_FARM-0')")
    assert found(db, "fingerprints") == found(db, "cells") == {MARCH_1}
    db.execute("select * from recon.spot_fix('2025-03-01', 2, 'T_FARM-1')")
    assert found(db, "fingerprints") == found(db, "cells") == set()


def test_a_spot_fix_of_all_that_has_changed_leaves_nothing_off(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    record(db, MARCH_1, 1, "T_FARM-0", -5)
    db.execute("select * from recon.spot_fix('2025-03-01', 1, 'T_FARM-0')")
    assert found(db, "fingerprints") == found(db, "cells") == set()


def test_a_blocked_day_keeps_the_evidence(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    without_triggers(db, TAMPERINGS["a value"].format(day=MARCH_1))
    db.execute("delete from recon.network_difficulties")
    for _ in range(2):
        reconcile(db, force=True)
        assert found(db, "fingerprints") == {MARCH_1}
    difficulty(db, MARCH_1)
    assert reconcile(db)["outcome"] == "complete"
    assert found(db, "fingerprints") == found(db, "cells") == set()


def test_a_day_with_an_invalid_cell_keeps_the_evidence(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    record(db, MARCH_1, 2, "T_FARM-1", -10_001)
    reconcile(db)
    assert found(db, "fingerprints") == set()
    without_triggers(db, TAMPERINGS["a value"].format(day=MARCH_1))
    for _ in range(2):
        reconcile(db, force=True)
        assert found(db, "fingerprints") == {MARCH_1}


def test_a_skipped_day_without_any_row_is_not_off(db: Connection) -> None:
    record(db)
    db.execute("select recon.skip_day('2025-03-02', 'disputed')")
    reconcile(db)
    assert found(db, "fingerprints") == found(db, "cells")
