-- Who numbers half hours by UTC in summer numbers them two too low: the first two of a day go to
-- the day before it, where they meet that day's own.
create or replace function recon.shifted_periods(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  shares as materialized (
    select
      p.settlement_date,
      p.settlement_period,
      p.farms,
      1.0 * (p.source_rows - p.repeated_rows) / p.farms as rows_per_farm,
      recon.settlement_periods_in_day(p.settlement_date) as half_hours
    from recon.source_periods p
    where p.settlement_date = any (shifted_periods.settlement_dates)
      and p.farms > 0
  ),
  usual as (
    select
      s.settlement_date,
      percentile_cont(0.5) within group (order by s.rows_per_farm)::numeric as rows_per_farm
    from shares s
    group by s.settlement_date
    having count(*) >= 12
  ),
  edges as (
    select
      s.settlement_date,
      e.is_first,
      array_agg(s.settlement_period order by s.settlement_period) as periods,
      min(s.rows_per_farm) / u.rows_per_farm as times
    from shares s
    join usual u on u.settlement_date = s.settlement_date
    cross join recon.settings t
    cross join lateral (values (s.settlement_period <= 2)) e (is_first)
    where s.farms >= t.source_hole_farms
      and (e.is_first or s.settlement_period in (s.half_hours - 1, s.half_hours))
    group by s.settlement_date, e.is_first, u.rows_per_farm
    having count(*) = 2
      and min(s.rows_per_farm) >= 1.5 * u.rows_per_farm
  )
  select
    e.settlement_date,
    'shifted_periods',
    n.edge,
    e.periods,
    'warning',
    format(
      'its %s two half hours have %s times the rows of a farm that its others have: those of %s '
        'may be stored there, numbered two too %s',
      n.edge,
      round(e.times, 1),
      e.settlement_date + n.step,
      n.number
    ),
    format(
      'see whether the source numbers half hours by local time; fetch %s and the days %s it again, '
        'then recon-kit load --replace FILE',
      e.settlement_date,
      n.side
    )
  from edges e
  join (
    values (true, 'first', -1, 'high', 'before'), (false, 'last', 1, 'low', 'after')
  ) n (is_first, edge, step, number, side) on n.is_first = e.is_first
$$;

comment on function recon.shifted_periods(date[]) is
  'Rule: the first or the last two half hours of a day have half as many rows again for each farm '
  'as its others, or more (settings.source_hole_farms in each at least): the half hours of the day '
  'beside it are numbered by another clock.';
