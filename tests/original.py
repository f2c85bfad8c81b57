"""A platform as it was before the kit came: its own tables, and what has gone wrong in them."""

from __future__ import annotations

from datetime import date

from recon_kit.db import Connection

FIRST = date(2024, 1, 1)

TABLES = """
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
  miner_model text,
  bitcoin_mined numeric,
  difficulty numeric,
  calculated_at timestamp default now(),
  value_at_mining numeric
);
create index historical_bitcoin_calculations_model on historical_bitcoin_calculations (miner_model);
create table bitcoin_daily_summaries (
  id serial primary key,
  summary_date date not null,
  miner_model varchar(20) not null,
  bitcoin_mined numeric not null,
  average_difficulty numeric,
  value_at_mining numeric,
  created_at timestamp default now(),
  updated_at timestamp default now()
);
create table bitcoin_monthly_summaries (
  id serial primary key,
  year_month varchar(7) not null,
  miner_model varchar(20) not null,
  bitcoin_mined numeric not null,
  value_at_mining numeric,
  created_at timestamp default now(),
  updated_at timestamp default now(),
  constraint monthly_is_unique unique (year_month, miner_model)
);
create table bitcoin_yearly_summaries (
  id serial primary key,
  year varchar(4) not null,
  miner_model varchar(20) not null,
  bitcoin_mined numeric not null,
  value_at_mining numeric,
  created_at timestamp default now(),
  updated_at timestamp default now()
);
create table miners_of_the_platform (
  miner_model text primary key, hashrate_ths numeric, power_watts numeric
);
insert into miners_of_the_platform
values ('S19J_PRO', 100, 3050), ('S9', 13.5, 1323), ('M20S', 68, 3360);
"""

SOURCE = """
insert into curtailment_records (
  settlement_date, settlement_period, farm_id, lead_party_name, volume, payment, original_price,
  final_price, so_flag, cadl_flag
)
select
  d::date, p, 'T_FARM-' || f, 'Lead party ' || f %% 7, -volume, round(volume * 70, 2), -70, -70,
  f %% 2 = 0, null
from generate_series(%(first)s::date, %(first)s::date + %(days)s::integer - 1, interval '1 day') d
cross join generate_series(1, 46) p
cross join generate_series(1, %(farms)s::integer) f
cross join lateral (
  select round(1 + abs(hashint8(f * 1000003 + p * 1009 + extract(doy from d)::integer)::numeric)
    / 100000000, 3)
) v (volume)
"""

CALCULATIONS = """
insert into historical_bitcoin_calculations (
  settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined, difficulty,
  value_at_mining
)
select
  r.settlement_date, r.settlement_period, r.farm_id, m.miner_model,
  round(
    (sum(abs(r.volume)) * 3600000000 * m.hashrate_ths * 1000000000000 * 6.25)::numeric(200, 40)
      / (m.power_watts * 75000000000000 * 4294967296),
    12
  ),
  75000000000000,
  round(sum(abs(r.volume)) * 3, 2)
from curtailment_records r
cross join miners_of_the_platform m
group by r.settlement_date, r.settlement_period, r.farm_id, m.miner_model, m.power_watts,
  m.hashrate_ths
"""

DAMAGE = """
-- real records may be alike to the last digit
insert into curtailment_records (
  settlement_date, settlement_period, farm_id, lead_party_name, volume, payment, original_price,
  final_price
)
select
  settlement_date, settlement_period, farm_id, lead_party_name, volume, payment, original_price,
  final_price
from curtailment_records
where id % 100 = 0;

-- a job that ran twice, with other values
insert into historical_bitcoin_calculations (
  settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined, difficulty, calculated_at
)
select settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined * n, difficulty,
  calculated_at + n * interval '1 hour'
from historical_bitcoin_calculations
cross join generate_series(1, 2) n
where id % 40 = 0;

update historical_bitcoin_calculations set difficulty = null where id % 997 = 0;
update historical_bitcoin_calculations set bitcoin_mined = null where id % 1999 = 0;
update historical_bitcoin_calculations set bitcoin_mined = -bitcoin_mined where id % 991 = 0;
update historical_bitcoin_calculations set bitcoin_mined = 'NaN' where id % 3001 = 0;
update historical_bitcoin_calculations set difficulty = 'Infinity' where id % 3011 = 0;
update historical_bitcoin_calculations set miner_model = lower(miner_model) where id % 983 = 0;
update historical_bitcoin_calculations set miner_model = 'ANTMINER' where id % 1993 = 0;
update historical_bitcoin_calculations set settlement_period = 51 where id % 2003 = 0;
update historical_bitcoin_calculations set difficulty = 1 where id % 977 = 0;
delete from historical_bitcoin_calculations where id % 971 = 0;

insert into historical_bitcoin_calculations (
  settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined, difficulty
)
select d, 1, 'T_FARM-1', 'S9', 0.5, 1
from unnest(array[date 'infinity', '0001-01-01', '2999-12-31', '2023-06-01']) d;

-- summaries that were right once, some twice
insert into bitcoin_daily_summaries (
  summary_date, miner_model, bitcoin_mined, average_difficulty, value_at_mining
)
select settlement_date, miner_model, round(sum(bitcoin_mined), 8), avg(difficulty), 1
from historical_bitcoin_calculations
where miner_model is not null and bitcoin_mined is not null and isfinite(settlement_date)
group by settlement_date, miner_model;
insert into bitcoin_daily_summaries (summary_date, miner_model, bitcoin_mined)
select summary_date, miner_model, bitcoin_mined / 2 from bitcoin_daily_summaries where id % 5 = 0;
insert into bitcoin_monthly_summaries (year_month, miner_model, bitcoin_mined)
select to_char(summary_date, 'YYYY-MM'), miner_model, sum(bitcoin_mined)
from bitcoin_daily_summaries
group by 1, 2;
insert into bitcoin_yearly_summaries (year, miner_model, bitcoin_mined)
select left(year_month, 4), miner_model, sum(bitcoin_mined)
from bitcoin_monthly_summaries
group by 1, 2;
"""


def difficulties(db: Connection) -> None:
    """The difficulty that the calculations were made with, for every date of the source."""
    db.execute(
        "insert into recon.network_difficulties (settlement_date, difficulty)"
        " select distinct settlement_date, 75000000000000 from curtailment_records"
        " on conflict do nothing"
    )


def build(db: Connection, *, days: int, farms: int, tables: str = TABLES) -> None:
    """A platform with 46 source rows a day and farm, and their calculations, damaged."""
    db.execute(tables.encode())
    db.execute(SOURCE.encode(), {"first": FIRST, "days": days, "farms": farms})
    db.execute(CALCULATIONS.encode())
    db.execute(DAMAGE.encode())
