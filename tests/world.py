"""Small worlds to test in."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from recon_kit.db import Connection, query

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


def wait_for_lock(db: Connection, pid: int, seconds: float = 20) -> None:
    """Returns once that backend waits for a lock; fails if it never does."""
    waiting = "select wait_event_type = 'Lock' from pg_stat_activity where pid = %s"
    wait_for(lambda: value(db, waiting, pid), seconds)


def in_background(work: Callable[[], Any]) -> Callable[[], Any]:
    """Starts it in a thread; the result waits for it, and raises what it raised."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the test
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def result() -> Any:
        thread.join(30)
        assert not thread.is_alive()
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        return outcome[0]

    return result


def until(db: Connection, statement: str, *parameters: object) -> Any:
    """What a statement returns once that is neither null, false nor 0."""
    deadline = time.monotonic() + 30
    while not (found := value(db, statement, *parameters)):
        assert time.monotonic() < deadline, f"never came true: {statement}"
        time.sleep(0.005)
    return found


def column(db: Connection, statement: str, *parameters: Any) -> list[Any]:
    """The only column of each row."""
    return [next(iter(row.values())) for row in db.execute(statement.encode(), parameters or None)]


def as_role(url: str, role: str) -> Connection:
    return psycopg.connect(url, user=role, autocommit=True, row_factory=dict_row)


Open = Callable[[], Connection]


DAYS = 30


def a_month(db: Connection) -> None:
    """Thirty days of generated records with their difficulty."""
    farms = [f"T_FARM-{n}" for n in range(8)]
    db.execute(query("generate_records"), {"from_date": MARCH_1, "days": DAYS, "farms": farms})
    for n in range(DAYS):
        difficulty(db, date(2025, 3, 1 + n))


VERSIONS = """
select 'row' as what, xmin::text || ctid::text as version from historical_bitcoin_calculations
union all select 'summary', xmin::text || ctid::text from bitcoin_daily_summaries
union all select 'day', xmin::text || ctid::text from recon.days
union all select 'run_day', xmin::text || ctid::text from recon.run_days
union all select 'repair', xmin::text || ctid::text from recon.repairs
union all select 'month', xmin::text || ctid::text from bitcoin_monthly_summaries
union all select 'year', xmin::text || ctid::text from bitcoin_yearly_summaries
order by 1, 2
"""


def unchecked(db: Connection) -> None:
    """The tables as a platform may have them: without the checks and the nulls of the kit's own."""
    db.execute(
        """
        alter table historical_bitcoin_calculations drop constraint settlement_date_is_finite;
        alter table bitcoin_daily_summaries drop constraint summary_date_is_finite;
        alter table curtailment_records
          drop constraint curtailment_records_pkey,
          drop constraint settlement_date_is_finite,
          drop constraint settlement_period_is_1_to_50,
          drop constraint farm_id_is_not_empty,
          drop constraint volume_is_finite,
          drop constraint payment_is_finite,
          drop constraint original_price_is_finite,
          drop constraint final_price_is_finite,
          alter column settlement_date drop not null,
          alter column settlement_period drop not null,
          alter column farm_id drop not null,
          alter column volume drop not null,
          alter column payment drop not null;
        create index curtailment_records_by_date on curtailment_records (settlement_date);
        """
    )


def call(db: Connection, statement: str) -> dict[str, Any]:
    row = db.execute(statement).fetchone()
    assert row is not None
    return row


def wait_for_any_lock(db: Connection, count: int = 1) -> None:
    """Returns once so many of the clients' statements wait for a lock."""
    waiting = (
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        " and datname = current_database() and application_name = 'recon-kit'"
    )
    wait_for(lambda: value(db, waiting) >= count)


FARMS = """
insert into curtailment_records (settlement_date, settlement_period, farm_id, volume, payment)
select d, p, 'T_FARM' || repeat('X', f %% 4) || '-' || f, -(f + p / 8.0), 0
from unnest(%s::date[]) d, generate_series(46, 1, -1) p, generate_series(1, 10) f
"""

LARGE = "update pg_class set reltuples = 1e7, relpages = 1e5 where oid = '{}'::regclass"

STATISTICS = {
    "none": ([], []),
    "of empty tables": (["vacuum analyze"], []),
    "right": ([], ["vacuum analyze"]),
    "of many models": ([], ["vacuum analyze", LARGE.format("recon.miner_models")]),
    "of many difficulties": ([], ["vacuum analyze", LARGE.format("recon.network_difficulties")]),
    "of many records": ([], ["vacuum analyze", LARGE.format("curtailment_records")]),
}
"""What the planner may know: what is done before and after the records come."""


def load_farms(db: Connection, days: list[date]) -> None:
    """Records of ten farms, the last half hour first, and the difficulty of their days."""
    db.execute(
        "insert into recon.network_difficulties (settlement_date, difficulty)"
        " select d, %s from unnest(%s::date[]) d",
        (DIFFICULTY, days),
    )
    db.execute(FARMS, (days,))
