"""Small worlds to test in."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from psycopg.rows import DictRow

from recon_kit.db import Connection

LONG = float(os.environ.get("RECON_TORTURE") or 0)
"""The length of the long forms, as `make torture LENGTH=0.5` has it; 0 = tests take their short."""


def length(short: int, long: int) -> int:
    """How often a test does what it does: as in its short form, or the share asked of its long."""
    return max(short, round(LONG * long))


only_long = pytest.mark.skipif(not LONG, reason="`make torture` runs it")

PUBLIC = (
    "curtailment_records",
    "historical_bitcoin_calculations",
    "bitcoin_daily_summaries",
    "bitcoin_monthly_summaries",
    "bitcoin_yearly_summaries",
)
"""The tables that the kit shares with the platform."""

DIFFICULTY = Decimal(110568428300952)
MARCH_1 = date(2025, 3, 1)
MARCH_2 = date(2025, 3, 2)


def record(
    db: Connection,
    day: date = MARCH_1,
    period: int = 1,
    farm: str = "T_CLDCW-1",
    volume: Decimal | float | str = -10,
) -> None:
    """One source row, paid at 70 GBP/MWh."""
    db.execute(
        "insert into curtailment_records"
        " (settlement_date, settlement_period, farm_id, volume, payment, original_price)"
        " values (%s, %s, %s, %s::numeric, 0, -70)",
        (day, period, farm, str(volume)),
    )


def difficulty(db: Connection, day: date = MARCH_1, value: Decimal = DIFFICULTY) -> None:
    """The difficulty of a date, by hand."""
    db.execute(
        "insert into recon.network_difficulties (settlement_date, difficulty) values (%s, %s)"
        " on conflict (settlement_date) do update set difficulty = excluded.difficulty",
        (day, value),
    )


def days(db: Connection, *dates: date, farms: int = 3, periods: int = 4) -> None:
    """A few records and the difficulty of each date."""
    for day in dates:
        difficulty(db, day)
        for period in range(1, periods + 1):
            for farm in range(farms):
                record(db, day, period, f"T_FARM-{farm}", -(1 + farm + period / 8))


def reconcile(db: Connection, **arguments: Any) -> DictRow:
    """Calls recon.reconcile; returns its row."""
    names = ", ".join(f"{name} => %({name})s" for name in arguments)
    row = db.execute(f"call recon.reconcile({names})", arguments).fetchone()
    assert row is not None
    return row


def value(db: Connection, statement: str, *parameters: Any) -> Any:
    """The only column of the only row."""
    row = db.execute(statement, parameters).fetchone()
    assert row is not None
    return next(iter(row.values()))


PASS_TIME = """
do $$
declare
  v_update text;
begin
  set local session_replication_role = replica;
  for v_update in
    select format(
      'update %s set %s',
      c.oid::regclass,
      string_agg(format($f$%1$I = %1$I - interval '{}'$f$, a.attname), ', ')
    )
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'recon'::regnamespace
      and c.relkind = 'r'
      and c.relname not in ('network_difficulties', 'difficulty_decisions', 'retargets')
      and a.atttypid = 'timestamptz'::regtype
      and a.attnum > 0
    group by c.oid
  loop
    execute v_update;
  end loop;
  set local session_replication_role = origin;
end
$$
"""


def pass_time(db: Connection, interval: str) -> None:
    """Time passes: all that the kit has noted is older by that much.

    A session can set the clock (recon.now) of what only looks, and of nothing else.
    """
    db.execute(PASS_TIME.replace("{}", interval).encode())


@contextmanager
def triggers_off(db: Connection, *tables: str) -> Iterator[None]:
    """What is changed meanwhile is not noticed; the triggers are then as they were."""
    off = []
    for table in tables or ("curtailment_records", "historical_bitcoin_calculations"):
        triggers = db.execute(
            "select quote_ident(tgname) as name, tgenabled from pg_trigger"
            " where tgrelid = %s::regclass and not tgisinternal",
            (table,),
        ).fetchall()
        db.execute(f"alter table {table} disable trigger all")
        off.append((table, triggers))
    try:
        yield
    finally:
        for table, triggers in off:
            db.execute(f"alter table {table} enable trigger all")
            for trigger in triggers:
                how = {"A": "enable always", "R": "enable replica", "D": "disable"}
                if trigger["tgenabled"] in how:
                    way = how[trigger["tgenabled"]]
                    db.execute(f"alter table {table} {way} trigger {trigger['name']}")


def without_triggers(db: Connection, statement: str, *tables: str) -> None:
    """A change that nothing notices."""
    with triggers_off(db, *tables):
        db.execute(statement)


def see_sessions_later(db: Connection) -> None:
    """What sessions do is judged as in two hours."""
    text = value(db, "select pg_get_viewdef('recon.session_problems'::regclass)")
    assert "now()" in text
    later = text.replace("now()", "(now() + interval '2 hours')")
    db.execute(f"create or replace view recon.session_problems as {later}".encode())


def pending(db: Connection) -> list[date]:
    """The dates that are pending."""
    return [
        row["settlement_date"]
        for row in db.execute("select settlement_date from recon.pending_days order by 1")
    ]


def kinds(db: Connection) -> dict[str, int]:
    """Gaps by kind."""
    found = db.execute("select kind, count(*) as cells from recon.gaps() group by kind")
    return {row["kind"]: row["cells"] for row in found}


def wait_for(condition: Callable[[], Any], seconds: float = 20) -> None:
    """Returns once it holds; fails if it never does."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.01)


def wait_for_lock(db: Connection, pid: int) -> None:
    """Returns once that backend waits for a lock; fails if it never does."""
    for _ in range(20_000):
        waiting = value(
            db,
            "select wait_event_type = 'Lock' from pg_stat_activity where pid = %s",
            pid,
        )
        if waiting:
            return
    raise AssertionError(f"backend {pid} never waited for a lock")
