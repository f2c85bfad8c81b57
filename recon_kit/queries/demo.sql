-- The data of the demo, the damage that it does, and whether all of it was found.
-- Statements by name. Parameters are psycopg's: a percent sign is doubled.

-- name: generate_records
-- Records shaped like real ones, the same for the same arguments: quiet days and storms, farms
-- that are held down for some hours, now and then several rows for one period and farm.
insert into public.curtailment_records (
  settlement_date,
  settlement_period,
  farm_id,
  lead_party_name,
  volume,
  payment,
  original_price,
  final_price,
  so_flag,
  cadl_flag
)
with
days as (
  select
    d::date as settlement_date,
    abs(mod(hashint4extended(d::date - date '2000-01-01', 1), 1000)) / 1000.0 as wind
  from generate_series(
    %(from_date)s::date, %(from_date)s::date + %(days)s::integer - 1, interval '1 day'
  ) d
),
farms as (
  select u.farm_id, u.n, 3 + abs(mod(hashtextextended(u.farm_id, 2), 60)) as half_hour_mwh
  from unnest(%(farms)s::text[]) with ordinality u (farm_id, n)
),
keys as (
  select
    d.settlement_date,
    p.settlement_period,
    f.farm_id,
    f.n,
    f.half_hour_mwh,
    hashtextextended(f.farm_id || d.settlement_date || '/' || p.settlement_period, 3) as roll
  from days d
  cross join lateral generate_series(
    1, recon.settlement_periods_in_day(d.settlement_date)
  ) p (settlement_period)
  cross join farms f
  where d.wind > 0.05
    and abs(mod(
      hashtextextended(f.farm_id || d.settlement_date || p.settlement_period / 8, 4), 1000
    )) / 1000.0 < d.wind * d.wind
),
records as (
  select
    k.*,
    -round(k.half_hour_mwh * (1 + abs(mod(k.roll / (7 * r.n), 1000))) / 1000.0, 3) as volume,
    -round(40 + abs(mod(k.roll / (11 * r.n), 6000)) / 100.0, 2) as price,
    abs(mod(k.roll / 13, 10)) < 8 as so_flag
  from keys k
  cross join lateral generate_series(
    1,
    case
      when abs(mod(k.roll, 100)) < 69 then 1
      when abs(mod(k.roll, 100)) < 92 then 2
      else 3
    end
  ) r (n)
)
select
  r.settlement_date,
  r.settlement_period,
  r.farm_id,
  'Lead party ' || mod(r.n, 17) + 1,
  r.volume,
  round(r.volume * r.price, 2),
  r.price,
  r.price,
  r.so_flag,
  false
from records r
order by r.settlement_date, r.settlement_period, r.farm_id

-- name: create_damage
create temporary table damage (
  settlement_date date not null,
  settlement_period integer not null,
  farm_id text not null,
  miner_model text not null,
  kind text not null,
  primary key (settlement_date, settlement_period, farm_id, miner_model)
)

-- name: damage_calculations
-- Breaks stored rows in four ways, and notes which.
with
picked as materialized (
  select
    h.*,
    row_number() over (
      order by
        hashtextextended(
          concat_ws('/', h.settlement_date, h.settlement_period, h.farm_id, h.miner_model), 5
        ),
        h.settlement_date,
        h.settlement_period,
        h.farm_id,
        h.miner_model
    ) as n
  from public.historical_bitcoin_calculations h
),
deleted as (
  delete from public.historical_bitcoin_calculations h
  using picked p
  where p.n <= 400
    and (h.settlement_date, h.settlement_period, h.farm_id, h.miner_model)
      = (p.settlement_date, p.settlement_period, p.farm_id, p.miner_model)
  returning h.settlement_date, h.settlement_period, h.farm_id, h.miner_model, 'missing'
),
outdated as (
  update public.historical_bitcoin_calculations h
  set difficulty = 83000000000000
  from picked p
  where p.n between 401 and 700
    and (h.settlement_date, h.settlement_period, h.farm_id, h.miner_model)
      = (p.settlement_date, p.settlement_period, p.farm_id, p.miner_model)
  returning h.settlement_date, h.settlement_period, h.farm_id, h.miner_model, 'stale'
),
falsified as (
  update public.historical_bitcoin_calculations h
  set bitcoin_mined = h.bitcoin_mined + 0.000000000001
  from picked p
  where p.n between 701 and 900
    and (h.settlement_date, h.settlement_period, h.farm_id, h.miner_model)
      = (p.settlement_date, p.settlement_period, p.farm_id, p.miner_model)
  returning h.settlement_date, h.settlement_period, h.farm_id, h.miner_model, 'wrong'
),
invented as (
  insert into public.historical_bitcoin_calculations as h (
    settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined, difficulty
  )
  select
    p.settlement_date, p.settlement_period, 'T_GONE-1', p.miner_model, p.bitcoin_mined, p.difficulty
  from picked p
  where p.n between 901 and 1000
  on conflict do nothing
  returning h.settlement_date, h.settlement_period, h.farm_id, h.miner_model, 'orphan'
)
insert into damage (settlement_date, settlement_period, farm_id, miner_model, kind)
select * from deleted
union all
select * from outdated
union all
select * from falsified
union all
select * from invented

-- name: damage_source
-- Records that arrive late, one that is withdrawn, and one of a period that its day does not have.
with
untouched as materialized (
  select
    e.settlement_date,
    e.settlement_period,
    e.farm_id,
    row_number() over (
      order by
        hashtextextended(concat_ws('/', e.settlement_date, e.settlement_period, e.farm_id), 6),
        e.settlement_date,
        e.settlement_period,
        e.farm_id
    ) as n
  from recon.curtailed_energy e
  join recon.days d on d.settlement_date = e.settlement_date and d.outcome = 'reconciled'
  where not exists (
    select from damage b
    where (b.settlement_date, b.settlement_period, b.farm_id)
      = (e.settlement_date, e.settlement_period, e.farm_id)
  )
),
withdrawn as (
  delete from public.curtailment_records r
  using untouched u
  where u.n <= 10
    and (r.settlement_date, r.settlement_period, r.farm_id)
      = (u.settlement_date, u.settlement_period, u.farm_id)
  returning r.settlement_date, r.settlement_period, r.farm_id, 'orphan'
),
late as (
  insert into public.curtailment_records as r (
    settlement_date, settlement_period, farm_id, volume, payment
  )
  select u.settlement_date, u.settlement_period, u.farm_id, -12.5, 750
  from untouched u
  where u.n between 11 and 40
  returning r.settlement_date, r.settlement_period, r.farm_id, 'wrong'
),
later as (
  insert into public.curtailment_records as r (
    settlement_date, settlement_period, farm_id, volume, payment
  )
  select distinct u.settlement_date, u.settlement_period, 'T_LATE-1', -3.25, 195
  from untouched u
  where u.n between 41 and 60
  returning r.settlement_date, r.settlement_period, r.farm_id, 'missing'
),
impossible as (
  insert into public.curtailment_records as r (
    settlement_date, settlement_period, farm_id, volume, payment
  )
  values ('2024-03-31', 47, 'T_CLDCW-1', -20, 1200)
  returning r.settlement_date, r.settlement_period, r.farm_id, 'invalid_source'
),
touched (settlement_date, settlement_period, farm_id, kind) as (
  select * from withdrawn
  union
  select * from late
  union
  select * from later
  union
  select * from impossible
)
insert into damage (settlement_date, settlement_period, farm_id, miner_model, kind)
select t.settlement_date, t.settlement_period, t.farm_id, m.miner_model, t.kind
from touched t
cross join recon.miner_models m

-- name: damage_blocked
-- The cells of days without difficulty.
insert into damage (settlement_date, settlement_period, farm_id, miner_model, kind)
select distinct r.settlement_date, r.settlement_period, r.farm_id, m.miner_model, 'blocked'
from public.curtailment_records r
cross join recon.miner_models m
where not exists (
  select from recon.network_difficulties d where d.settlement_date = r.settlement_date
)

-- name: compare_damage
-- What was broken beside what was found, by kind; "both" counts the cells in which they agree.
select
  kind,
  count(*) filter (where b.was_broken) as broken,
  count(*) filter (where g.was_found) as found,
  count(*) filter (where b.was_broken and g.was_found) as "both"
from (select d.*, true as was_broken from damage d) b
full join (select x.*, true as was_found from recon.gaps() x) g
  using (settlement_date, settlement_period, farm_id, miner_model, kind)
group by kind
order by kind

-- name: compare_repairs
-- What was broken beside what a run repaired, by kind.
select b.kind, b.broken, r.repaired
from (
  select d.kind, count(*) as broken from damage d group by d.kind
) b
join recon.run_history h on h.run_id = %(run_id)s
cross join lateral (
  values ('missing', h.missing), ('stale', h.stale), ('wrong', h.wrong), ('orphan', h.orphan)
) r (kind, repaired)
where r.kind = b.kind
order by b.kind

-- name: withdraw_impossible
delete from public.curtailment_records r
where r.settlement_period > recon.settlement_periods_in_day(r.settlement_date)

-- name: summaries_off
-- Sums of the stored rows, by day, month and year, that a summary does not have, or the reverse.
with
sums as (
  select
    to_char(h.settlement_date, 'YYYY-MM-DD') as period, h.miner_model, sum(h.bitcoin_mined) as btc
  from public.historical_bitcoin_calculations h
  group by 1, 2
  union all
  select to_char(h.settlement_date, 'YYYY-MM'), h.miner_model, sum(h.bitcoin_mined)
  from public.historical_bitcoin_calculations h
  group by 1, 2
  union all
  select to_char(h.settlement_date, 'YYYY'), h.miner_model, sum(h.bitcoin_mined)
  from public.historical_bitcoin_calculations h
  group by 1, 2
),
summaries as (
  select
    to_char(d.summary_date, 'YYYY-MM-DD') as period, d.miner_model, d.bitcoin_mined as btc
  from public.bitcoin_daily_summaries d
  union all
  select m.year_month, m.miner_model, m.bitcoin_mined from public.bitcoin_monthly_summaries m
  union all
  select y.year::text, y.miner_model, y.bitcoin_mined from public.bitcoin_yearly_summaries y
)
select count(*) as off
from sums s
full join summaries t using (period, miner_model)
where s.btc is distinct from t.btc

-- name: count_records
select
  count(*) as records,
  count(distinct r.settlement_date) as days,
  coalesce(sum(abs(r.volume)), 0) as curtailed_mwh
from public.curtailment_records r
