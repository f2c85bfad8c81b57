create or replace function recon.curtailment_sums(
  by text[],
  from_date date default null,
  to_date date default null,
  farm text default null,
  lead_party text default null
)
returns table (
  kind text,
  name text,
  first_date date,
  last_date date,
  days bigint,
  open_days bigint,
  curtailed_mwh numeric,
  payment_gbp numeric,
  miner_model text,
  bitcoin_mined numeric
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set work_mem = '64MB'
as $$
  with
  kinds as materialized (
    select distinct u.kind
    from unnest(coalesce(nullif(curtailment_sums.by, '{}'), array[null])) u (kind)
    where recon.require_word('by', u.kind, '{farm,lead_party,day,month,year}')
  ),
  days as materialized (
    select k.kind, n.name, f.settlement_date, f.is_open,
      sum(f.curtailed_mwh) as mwh, sum(f.payment_gbp) as gbp
    from recon.farm_days(
      curtailment_sums.from_date,
      curtailment_sums.to_date,
      curtailment_sums.farm,
      curtailment_sums.lead_party
    ) f
    cross join kinds k
    cross join lateral (
      select case k.kind
        when 'farm' then f.farm_id
        when 'lead_party' then f.lead_party_name
        when 'year' then to_char(f.settlement_date, 'YYYY')
        when 'month' then to_char(f.settlement_date, 'YYYY-MM')
        when 'day' then to_char(f.settlement_date, 'YYYY-MM-DD')
      end as name
    ) n
    group by k.kind, n.name, f.settlement_date, f.is_open
  ),
  rates as materialized (
    select r.settlement_date, r.miner_model, round(r.btc_per_mwh, 30) as btc_per_mwh
    from recon.mining_rates r
    where r.is_active
      and r.settlement_date >= (select min(d.settlement_date) from days d)
      and r.settlement_date <= (select max(d.settlement_date) from days d)
  ),
  mined as (
    select d.kind, d.name, r.miner_model, round(sum(d.mwh * r.btc_per_mwh), 8) as btc
    from days d
    join rates r using (settlement_date)
    group by d.kind, d.name, r.miner_model
  ),
  sums as (
    select d.kind, d.name, min(d.settlement_date) as first_date,
      max(d.settlement_date) as last_date, count(*) filter (where d.mwh > 0) as days,
      count(*) filter (where d.is_open and d.mwh > 0) as open_days,
      trim_scale(sum(d.mwh)) as mwh, trim_scale(sum(d.gbp)) as gbp
    from days d
    group by d.kind, d.name
  )
  select kind, name, s.first_date, s.last_date, s.days, s.open_days, s.mwh, s.gbp, m.miner_model,
    m.btc
  from sums s
  left join mined m using (kind, name)
  order by kind, case when kind in ('farm', 'lead_party') then s.mwh end desc, name, m.miner_model
$$;

comment on function recon.curtailment_sums(text[], date, date, text, text) is
  'Curtailed energy (MWh), payments (GBP) and BTC by each of farm, lead_party, day, month and year '
  'that is asked for, such as ''{farm,month}'', of one farm or lead party or of all, a row per '
  'miner model, as the records are now; days are those with energy, and open_days those of them '
  'that are not reconciled, where BTC can be lacking or differ from what is stored. BTC is energy '
  'times the rate of each day, rounded to 8 decimals (stored calculations round each half hour, to '
  '12; recon.report_months sums those). Cells of invalid source are left out, payments beyond 1e9 '
  'GBP too. Error 22023 for another word, or a range it cannot use.';
