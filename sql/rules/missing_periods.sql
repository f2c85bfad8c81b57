-- Wind and demand change over hours: farms are released one after another, and a calm begins and
-- ends with few. A hole in the records has full half hours on both sides.
create or replace function recon.missing_periods(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  empty as (
    select
      u.settlement_date,
      n.settlement_period,
      n.settlement_period - row_number() over (
        partition by u.settlement_date order by n.settlement_period
      ) as block
    from unnest(missing_periods.settlement_dates) u (settlement_date)
    cross join lateral generate_series(
      1, recon.settlement_periods_in_day(u.settlement_date)
    ) n (settlement_period)
    where not exists (
      select from recon.source_periods p
      where (p.settlement_date, p.settlement_period) = (u.settlement_date, n.settlement_period)
    )
  ),
  bounded as materialized (
    select e.settlement_date, e.periods, b.farms as farms_before, a.farms as farms_after
    from (
      select
        e.settlement_date,
        array_agg(e.settlement_period order by e.settlement_period) as periods,
        min(e.settlement_period) as first_period,
        max(e.settlement_period) as last_period
      from empty e
      group by e.settlement_date, e.block
    ) e
    cross join recon.settings s
    cross join lateral recon.periods_beside(e.settlement_date, e.first_period, e.last_period) n
    cross join lateral (values (n.farms_before)) b (farms)
    cross join lateral (values (n.farms_after)) a (farms)
    where n.half_hours >= s.source_hole_periods
      and least(n.farms_before, n.farms_after) >= s.source_hole_farms
  ),
  holes as (
    select
      b.settlement_date,
      array_agg(n order by n) as periods,
      max(b.farms_before) as farms_before,
      max(b.farms_after) as farms_after
    from bounded b
    cross join lateral unnest(b.periods) n
    where least(b.farms_before, b.farms_after) >= recon.usual_farms(b.settlement_date) / 2.0
    group by b.settlement_date
  )
  select
    h.settlement_date,
    'missing_periods',
    '',
    h.periods,
    case when cardinality(h.periods) >= 4 then 'critical' else 'warning' end,
    format(
      'no row in periods %s of %s; %s farms are held down before, %s after',
      recon.period_list(h.periods),
      recon.settlement_periods_in_day(h.settlement_date),
      h.farms_before,
      h.farms_after
    ),
    format('fetch the whole of %s again, then recon-kit load --replace FILE', h.settlement_date)
  from holes h
$$;

comment on function recon.missing_periods(date[]) is
  'Rule: half hours without a row (settings.source_hole_periods or more, whole days too) between '
  'two with many farms: half of what is usual, settings.source_hole_farms at least. A day that '
  'stops early, starts late or has a hole; the end of the last day once there is a later one.';
