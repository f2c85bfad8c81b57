"""What is in a database, and who may call what of it."""

from __future__ import annotations

from typing import Any

import psycopg

from recon_kit.db import Connection
from tests.pages import granted
from tests.world import value

CATALOG = r"""
with
relations as (
  select c.*
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_|^information_schema$'
    and c.relname !~ 'yoyo'
),
routines as (
  select p.*
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where n.nspname !~ '^pg_|^information_schema$'
)
select concat_ws(
  ' | ', c.oid::regclass, c.relkind, c.relpersistence, c.reloptions,
  coalesce(c.relacl, acldefault('r', c.relowner)), c.relowner,
  case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end, obj_description(c.oid)
) as fact
from relations c
union all
select concat_ws(
  ' | ', c.oid::regclass, row_number() over (partition by c.oid order by a.attnum), a.attname,
  format_type(a.atttypid, a.atttypmod),
  a.attnotnull, a.attidentity, a.attgenerated, a.attcollation, a.attstorage, a.attacl,
  pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
)
from relations c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
union all
select concat_ws(
  ' | ', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid), k.convalidated,
  obj_description(k.oid)
)
from relations c
join pg_constraint k on k.conrelid = c.oid
union all
select pg_get_indexdef(c.oid)
from relations c
where c.relkind = 'i'
union all
select concat_ws(' | ', pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid))
from relations c
join pg_trigger t on t.tgrelid = c.oid
where not t.tgisinternal
union all
select concat_ws(
  ' | ', p.oid::regprocedure, p.prokind, p.proacl, pg_get_functiondef(p.oid),
  obj_description(p.oid)
)
from routines p
where p.prokind <> 'a'
union all
select concat_ws(' | ', t.oid::regtype, t.typtype, t.typacl)
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
where n.nspname !~ '^pg_|^information_schema$'
  and t.typname !~ 'yoyo'
union all
select concat_ws(
  ' | ', n.nspname, coalesce(n.nspacl, acldefault('n', n.nspowner)), obj_description(n.oid)
)
from pg_namespace n
where n.nspname !~ '^pg_|^information_schema$'
"""


def catalog(db: Connection) -> list[str]:
    """All there is in a database, but for yoyo's own tables: the schema, and each row."""
    facts = [row["fact"] for row in db.execute(CATALOG.encode())]
    tables = db.execute(
        "select c.oid::regclass::text as name from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname in ('public', 'recon') and c.relkind in ('r', 'p')"
        " and c.relname !~ 'yoyo'"
    )
    for name in [row["name"] for row in tables]:
        found = db.execute(f"select t::text as line from {name} t".encode())
        facts += [f"row of {name}: {row['line']}" for row in found]
    return sorted(facts)


GRANTED = granted()


READER_RUNS = GRANTED["v_reader_calls"] | GRANTED["v_called_for_reader"]


OPERATOR_RUNS = READER_RUNS | GRANTED["v_operator_calls"] | GRANTED["v_called_for_operator"]


SUMMARIES = {
    "bitcoin_daily_summaries",
    "bitcoin_monthly_summaries",
    "bitcoin_yearly_summaries",
}


BY_NAME = {"order_by": "recent", "depth": "cells", "year_month": "2025-03"}


BY_TYPE = {
    "date": "2025-03-01",
    "date[]": "{2025-03-01}",
    "text": "x",
    "integer": 1,
    "bigint": 1,
    "numeric": 1,
    "numeric[]": "{1}",
    "boolean": False,
    "boolean[]": "{true}",
    "interval": "1 day",
    "jsonb": "[]",
    "timestamp with time zone": "2025-03-01",
}
"""An argument that is right, or at least of the type."""


ROUTINES = """
select
  p.proname::text as name,
  p.prokind::text as kind,
  p.prosecdef as is_privileged,
  coalesce(p.proargnames[1:p.pronargs], '{}') as names,
  array(select format_type(t, null) from unnest(p.proargtypes) t) as types
from pg_proc p
where p.pronamespace = 'recon'::regnamespace
  and p.prorettype <> 'trigger'::regtype
order by p.proname
"""


def routines(db: Connection) -> list[dict[str, Any]]:
    return db.execute(ROUTINES.encode()).fetchall()


def call(db: Connection, routine: dict[str, Any], **given: Any) -> list[dict[str, Any]]:
    """Calls a routine with these arguments, and any that will do for the others."""
    arguments = {
        name: given.get(name, BY_NAME.get(name, BY_TYPE.get(kind)))
        for name, kind in zip(routine["names"], routine["types"], strict=False)
    }
    places = ", ".join(f"%s::{kind}" for kind in routine["types"])
    verb = "call" if routine["kind"] == "p" else "select * from"
    done = db.execute(
        f"{verb} recon.{routine['name']}({places})".encode(),
        list(arguments.values()) or [None] * len(routine["types"]),
    )
    return done.fetchall() if done.description else []


def outcome(
    db: Connection, routine: dict[str, Any], **given: Any
) -> tuple[str | None, list[dict[str, Any]]]:
    """The SQLSTATE of such a call, or null and its rows."""
    try:
        return None, call(db, routine, **given)
    except psycopg.Error as error:
        return error.sqlstate or type(error).__name__, []


PLATFORM = """
create table curtailment_records (
  id serial primary key,
  settlement_date date not null,
  settlement_period integer not null,
  farm_id text not null,
  lead_party_name text,
  volume numeric not null,
  payment numeric not null,
  original_price numeric not null,
  final_price numeric not null,
  so_flag boolean,
  cadl_flag boolean,
  created_at timestamp default now()
);
create table historical_bitcoin_calculations (
  id serial primary key,
  settlement_date date not null,
  settlement_period integer not null,
  farm_id text not null,
  miner_model text not null,
  bitcoin_mined numeric not null,
  difficulty numeric not null,
  calculated_at timestamp default now(),
  constraint their_key unique (settlement_date, settlement_period, farm_id, miner_model)
);
create index on curtailment_records (settlement_date);
create table bitcoin_daily_summaries (
  summary_date date not null,
  miner_model text not null,
  bitcoin_mined numeric not null,
  updated_at timestamp default now(),
  primary key (summary_date, miner_model)
);
insert into curtailment_records
  (settlement_date, settlement_period, farm_id, volume, payment, original_price, final_price)
values ('2025-03-01', 1, 'T_OLD-1', -10, -700, -70, -70);
insert into historical_bitcoin_calculations
  (settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined, difficulty)
values ('2025-03-01', 1, 'T_OLD-1', 'S9', 1, 1);
insert into bitcoin_daily_summaries (summary_date, miner_model, bitcoin_mined)
values ('2025-03-01', 'S9', 1);
"""
"""Tables as a platform has them, which the kit did not make."""


def everything(db: Connection) -> list[str]:
    """The same, with yoyo's tables counted."""
    count = value(db, "select count(*) from pg_class where relname ~ 'yoyo'")
    return [*catalog(db), f"{count} relations of yoyo's"]
