create or replace function recon.beyond_capacity(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  absurd as materialized (
    select
      r.settlement_date,
      coalesce(r.farm_id, '') as farm_id,
      array_agg(distinct coalesce(r.settlement_period, 0)) as periods,
      least(max(abs(r.volume)), 1e15) as largest_mwh
    from public.curtailment_records r
    where r.settlement_date = any (beyond_capacity.settlement_dates)
      and abs(r.volume) > 10000
    group by r.settlement_date, coalesce(r.farm_id, '')
  ),
  suspects as materialized (
    select f.settlement_date, f.farm_id, b.capacity_mw, f.largest_mwh, s.source_capacity_margin
    from recon.source_farms f
    join recon.bm_units b on b.farm_id = f.farm_id
    cross join recon.settings s
    where f.settlement_date = any (beyond_capacity.settlement_dates)
      and f.largest_mwh > b.capacity_mw / 2 * s.source_capacity_margin
      and not exists (
        select from absurd a
        where a.settlement_date = f.settlement_date
          and a.farm_id = f.farm_id
      )
  )
  select
    x.settlement_date,
    'beyond_capacity',
    x.farm_id,
    array_agg(p.settlement_period order by p.settlement_period),
    case when x.largest_mwh > x.capacity_mw then 'critical' else 'warning' end,
    format(
      '%s has up to %s MWh in a half hour; with %s MW it can have %s',
      x.farm_id,
      trim_scale(x.largest_mwh),
      trim_scale(x.capacity_mw),
      trim_scale(x.capacity_mw / 2)
    ),
    'correct its rows, or its capacity: recon-kit load-units FILE'
  from suspects x
  cross join lateral (
    select r.settlement_period
    from recon.distinct_records r
    where r.settlement_date = x.settlement_date
      and r.farm_id = x.farm_id
    group by r.settlement_period
    having sum(abs(r.volume)) > x.capacity_mw / 2 * x.source_capacity_margin
  ) p
  group by x.settlement_date, x.farm_id, x.capacity_mw, x.largest_mwh

  union all
  select
    a.settlement_date,
    'beyond_capacity',
    a.farm_id,
    a.periods,
    'critical',
    format(
      '%s has %s MWh in a half hour; 10,000 are more than all the wind farms of Great Britain have',
      a.farm_id,
      trim_scale(a.largest_mwh)
    ),
    'correct its rows: nothing is calculated of them'
  from absurd a
$$;

comment on function recon.beyond_capacity(date[]) is
  'Rule: farms with more energy in a half hour than their capacity allows, times '
  'settings.source_capacity_margin; rows that are there more than once count once. And whatever is '
  'beyond 10,000 MWh, registered or not.';
