"""A write that does not stick fails its day, and the failure says what interferes."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from recon_kit.db import Connection
from tests.world import MARCH_1, MARCH_2, days, kinds, reconcile, value, without_triggers

CELLS = "public.historical_bitcoin_calculations"
SUMS = "public.bitcoin_daily_summaries"


def trigger(when: str, body: str, table: str = CELLS) -> str:
    return (
        f"create function interfere() returns trigger language plpgsql as $$ begin {body} end $$;"
        f"create trigger interfering {when} on {table} for each row execute function interfere()"
    )


INTERFERENCES = {
    "a column that rounds": (
        f"alter table {CELLS} alter column bitcoin_mined type numeric(20, 8)",
        "column bitcoin_mined of public.historical_bitcoin_calculations, which is numeric(20,8)",
    ),
    "a difficulty that is rounded": (
        f"alter table {CELLS} alter column difficulty type numeric(20, 0);"
        "update recon.network_difficulties set difficulty = difficulty + 0.5",
        "column difficulty of",
    ),
    "a trigger that rounds": (
        trigger(
            "before insert or update",
            "new.bitcoin_mined := round(new.bitcoin_mined, 6); return new;",
        ),
        "trigger interfering on",
    ),
    "a trigger that lets no insert pass": (
        trigger("before insert", "return null;"),
        "trigger interfering on",
    ),
    "a trigger that lets no update pass": (
        trigger("before update", "return null;"),
        "trigger interfering on",
    ),
    "a trigger that lets no delete pass": (
        trigger("before delete", "return null;"),
        "trigger interfering on",
    ),
    "a trigger that changes back": (
        trigger(
            "after update",
            f"if pg_trigger_depth() < 2 then update {CELLS} h set bitcoin_mined = 1"
            " where (h.settlement_date, h.settlement_period, h.farm_id, h.miner_model) ="
            " (new.settlement_date, new.settlement_period, new.farm_id, new.miner_model);"
            " end if; return null;",
        ),
        "trigger interfering on",
    ),
    "a trigger that brings back what is deleted": (
        trigger("after delete", f"insert into {CELLS} select (old).*; return null;"),
        "trigger interfering on",
    ),
    "a rule for inserts": (
        f"create rule swallow as on insert to {CELLS} do instead nothing",
        "rule swallow on",
    ),
    "a rule for deletes": (
        f"create rule swallow as on delete to {CELLS} do instead nothing",
        "rule swallow on",
    ),
    "a summary that no update passes": (
        trigger("before update", "return null;", SUMS),
        "trigger interfering on public.bitcoin_daily_summaries",
    ),
    "a summary that no delete passes": (
        trigger("before delete", "return null;", SUMS),
        "trigger interfering on public.bitcoin_daily_summaries",
    ),
    "a summary that is changed": (
        trigger(
            "before insert or update",
            "new.bitcoin_mined := round(new.bitcoin_mined, 2); return new;",
            SUMS,
        ),
        "trigger interfering on public.bitcoin_daily_summaries",
    ),
}

OFF = f"""
delete from {CELLS} where settlement_date = '2025-03-01' and settlement_period = 1;
update {CELLS} set bitcoin_mined = 7
where settlement_date = '2025-03-02' and settlement_period = 1;
delete from curtailment_records where settlement_date = '2025-03-02' and settlement_period = 2;
delete from curtailment_records where settlement_date = '2025-03-03';
"""


@pytest.mark.parametrize("what", INTERFERENCES)
def test_a_write_that_does_not_stick_fails_the_day_and_says_what_interferes(
    db: Connection, what: str
) -> None:
    statement, culprit = INTERFERENCES[what]
    days(db, MARCH_1, MARCH_2, date(2025, 3, 3), periods=2)
    reconcile(db)
    without_triggers(db, OFF)
    db.execute(statement.encode())
    done = reconcile(db, force=True)
    assert done["outcome"] == "incomplete"
    failed = db.execute("select * from recon.days where outcome = 'failed'").fetchall()
    assert failed
    for day in failed:
        assert day["sqlstate"] == "22000"
        assert "is not what is stored" in day["reason"]
        assert culprit in day["reason"]
    off = {
        row["settlement_date"]
        for row in db.execute(
            "select distinct settlement_date from recon.verify(depth => 'cells')"
            " where settlement_date is not null"
        )
    }
    assert off <= {day["settlement_date"] for day in failed} | {date(2025, 1, 1)}
    claimed = value(db, "select coalesce(sum(orphan + stale + wrong), 0) from recon.run_days")
    assert claimed == value(db, "select count(*) from recon.repairs")


def test_a_platforms_audit_trigger_is_no_obstacle(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2, periods=2)
    reconcile(db)
    db.execute("create table public.audit (operation text)")
    db.execute(
        trigger(
            "after insert or update or delete",
            "insert into public.audit values (tg_op); return null;",
        ).encode()
    )
    without_triggers(db, OFF)
    assert reconcile(db, force=True)["outcome"] == "complete"
    assert kinds(db) == {}


def test_an_error_of_a_spot_fix_says_it_too(db: Connection) -> None:
    days(db, MARCH_1, periods=2)
    reconcile(db)
    without_triggers(db, f"update {CELLS} set bitcoin_mined = 7")
    db.execute(trigger("before update", "return null;").encode())
    with pytest.raises(psycopg.Error, match="trigger interfering"):
        db.execute("select * from recon.spot_fix('2025-03-01', 1, 'T_FARM-1')")
