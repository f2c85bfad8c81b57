-- One farm is a matter of its rows; a fifth of all farms is a matter of the day. Levels are whole
-- MW: a farm of 4.7 is notified and accepted with 5.
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
      and abs(r.volume) > recon.largest_volume()
    group by r.settlement_date, coalesce(r.farm_id, '')
  ),
  suspects as materialized (
    select
      f.settlement_date,
      f.farm_id,
      b.capacity_mw,
      m.most_mwh,
      f.largest_mwh,
      s.source_capacity_margin
    from recon.source_farms f
    join recon.bm_units b on b.farm_id = f.farm_id
    cross join recon.settings s
    cross join lateral (select ceil(b.capacity_mw) / 2 as most_mwh) m
    where f.settlement_date = any (beyond_capacity.settlement_dates)
      and f.largest_mwh > m.most_mwh * s.source_capacity_margin
      and not exists (
        select from absurd a
        where a.settlement_date = f.settlement_date
          and a.farm_id = f.farm_id
      )
  ),
  odd as (
    select a.settlement_date, a.farm_id, a.largest_mwh, a.largest_mwh / 500 as times, true as is_far
    from absurd a
    union all
    select
      x.settlement_date,
      x.farm_id,
      x.largest_mwh,
      x.largest_mwh / x.most_mwh,
      x.largest_mwh > 2 * x.most_mwh
    from suspects x
  ),
  whole_days as materialized (
    select
      o.settlement_date,
      count(*) as odd_farms,
      d.farms,
      max(o.times) as times,
      bool_or(o.is_far) as is_far,
      (array_agg(o.farm_id order by o.times desc, o.farm_id))[1] as farm_id,
      max(o.largest_mwh) as largest_mwh
    from odd o
    join recon.source_days d on d.settlement_date = o.settlement_date
    group by o.settlement_date, d.farms
    having count(*) >= greatest(5, 0.2 * d.farms)
  )
  select
    x.settlement_date,
    'beyond_capacity',
    x.farm_id,
    array_agg(p.settlement_period order by p.settlement_period),
    case when x.largest_mwh > 2 * x.most_mwh then 'critical' else 'warning' end,
    format(
      '%s has up to %s MWh in a half hour; with %s MW it can have %s',
      x.farm_id,
      trim_scale(x.largest_mwh),
      trim_scale(x.capacity_mw),
      trim_scale(x.most_mwh)
    ),
    'compare its rows, and its capacity in the register, with where they came from'
  from suspects x
  cross join lateral (
    select r.settlement_period
    from recon.inspected_records r
    where r.settlement_date = x.settlement_date
      and r.farm_id = x.farm_id
      and r.copy_no = 1
    group by r.settlement_period
    having sum(abs(r.volume)) > x.most_mwh * x.source_capacity_margin
  ) p
  where not exists (select from whole_days w where w.settlement_date = x.settlement_date)
  group by x.settlement_date, x.farm_id, x.capacity_mw, x.most_mwh, x.largest_mwh

  union all
  select
    a.settlement_date,
    'beyond_capacity',
    a.farm_id,
    a.periods,
    'critical',
    format(
      '%s has %s MWh in a half hour; %s are more than all the wind farms of Great Britain have',
      a.farm_id,
      trim_scale(a.largest_mwh),
      to_char(recon.largest_volume(), 'FM999,999')
    ),
    'see where its rows came from; nothing is calculated of them'
  from absurd a
  where not exists (select from whole_days w where w.settlement_date = a.settlement_date)

  union all
  select
    w.settlement_date,
    'beyond_capacity',
    '',
    null::integer[],
    case when w.is_far then 'critical' else 'warning' end,
    format(
      '%s of %s farms have more in a half hour than their capacity allows, up to %s times as much '
        '(%s, %s MWh): are these MW, or kWh?',
      w.odd_farms,
      w.farms,
      round(w.times, 1),
      w.farm_id,
      trim_scale(w.largest_mwh)
    ),
    format('see in which unit they are fetched; fetch %s again, then recon-kit load --replace FILE',
      w.settlement_date)
  from whole_days w
$$;

comment on function recon.beyond_capacity(date[]) is
  'Rule: farms with more energy in a half hour than their capacity allows, times '
  'settings.source_capacity_margin; rows that are there more than once count once. And whatever is '
  'beyond 10,000 MWh, registered or not. Where it is a fifth of the farms, five at least, it is '
  'one issue of the day.';
