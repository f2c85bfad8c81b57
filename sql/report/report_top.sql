-- One pass over the records, by day, farm and party; what comes after it is small. Only days that
-- are not settled can have invalid cells, and there the records are looked at a day at a time.
create or replace function recon.report_top(
  from_date date default null,
  to_date date default null,
  max_rows integer default 10
)
returns table (
  kind text,
  name text,
  place_by_energy bigint,
  place_by_btc bigint,
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
  unsettled as materialized (
    select s.settlement_date
    from recon.day_status s
    where s.state not in ('reconciled', 'no_data')
      and s.settlement_date >= coalesce(report_top.from_date, '-infinity')
      and s.settlement_date <= coalesce(report_top.to_date, 'infinity')
  ),
  energy as materialized (
    select
      r.settlement_date,
      r.farm_id,
      r.lead_party_name,
      sum(abs(r.volume)) as mwh,
      sum(r.payment) filter (where abs(r.payment) <= 1e9) as gbp
    from public.curtailment_records r
    where recon.require_range(report_top.from_date, report_top.to_date)
      and r.settlement_date >= coalesce(report_top.from_date, '-infinity')
      and r.settlement_date <= coalesce(report_top.to_date, 'infinity')
      and r.settlement_date not in (select u.settlement_date from unsettled u)
    group by r.settlement_date, r.farm_id, r.lead_party_name
    union all
    select
      u.settlement_date,
      r.farm_id,
      r.lead_party_name,
      abs(r.volume),
      case when abs(r.payment) <= 1e9 then r.payment end
    from unsettled u
    cross join lateral (
      select e.settlement_period, e.farm_id
      from recon.curtailed_energy e
      where e.settlement_date = u.settlement_date
        and e.is_valid
    ) e
    join public.curtailment_records r
      on r.settlement_date = u.settlement_date
      and r.settlement_period = e.settlement_period
      and r.farm_id = e.farm_id
  ),
  days as materialized (
    select n.kind, n.name, e.settlement_date, sum(e.mwh) as mwh, sum(e.gbp) as gbp
    from energy e
    cross join lateral (
      values ('farm', e.farm_id), ('lead party', coalesce(e.lead_party_name, '(none named)'))
    ) n (kind, name)
    group by n.kind, n.name, e.settlement_date
  ),
  rates as materialized (
    select r.settlement_date, r.miner_model, round(r.btc_per_mwh, 30) as btc_per_mwh
    from recon.mining_rates r
    where r.is_active
  ),
  mined as (
    select d.kind, d.name, r.miner_model, round(sum(d.mwh * r.btc_per_mwh), 8) as btc
    from days d
    join rates r using (settlement_date)
    group by d.kind, d.name, r.miner_model
  ),
  placed as (
    select
      d.kind,
      d.name,
      d.mwh,
      d.gbp,
      row_number() over (partition by d.kind order by d.mwh desc, d.name) as by_energy,
      row_number() over (partition by d.kind order by b.btc desc nulls last, d.name) as by_btc
    from (
      select d.kind, d.name, trim_scale(sum(d.mwh)) as mwh, trim_scale(sum(d.gbp)) as gbp
      from days d
      group by d.kind, d.name
    ) d
    left join (
      select m.kind, m.name, sum(m.btc) as btc from mined m group by m.kind, m.name
    ) b using (kind, name)
  )
  select p.kind, p.name, p.by_energy, p.by_btc, p.mwh, p.gbp, m.miner_model, m.btc
  from placed p
  left join mined m using (kind, name)
  where p.by_energy <= report_top.max_rows
    or p.by_btc <= report_top.max_rows
  order by p.kind, p.by_energy, m.miner_model
$$;

comment on function recon.report_top(date, date, integer) is
  'The farms and lead parties with the most curtailed energy (MWh) or BTC, as the records are now: '
  'the first max_rows by either, a row per miner model. BTC is energy times the rate of each day, '
  'rounded to 8 decimals (stored calculations round each half hour, to 12). Cells of invalid '
  'source are left out, payments beyond 1e9 GBP too. Error 22023 for a range it cannot use.';
