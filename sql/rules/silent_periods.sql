-- A platform that only refreshes the current day loses the same last periods of every day.
create or replace function recon.silent_periods(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  seen as materialized (
    select
      u.settlement_date,
      n.settlement_period,
      count(p.settlement_date) as days,
      count(p.settlement_date) filter (where p.settlement_date = u.settlement_date) > 0 as is_there
    from unnest(silent_periods.settlement_dates) u (settlement_date)
    cross join recon.settings s
    cross join lateral generate_series(1, 48) n (settlement_period)
    left join recon.source_periods p
      on p.settlement_date >= u.settlement_date - s.source_silent_days
      and p.settlement_date <= u.settlement_date + s.source_silent_days
      and p.settlement_period = n.settlement_period
    group by u.settlement_date, n.settlement_period
  ),
  silent as (
    select
      b.settlement_date,
      array_agg(b.settlement_period order by b.settlement_period) as periods,
      min(b.settlement_period) as first_period,
      max(b.settlement_period) as last_period
    from (
      select
        e.settlement_date,
        e.settlement_period,
        e.settlement_period - row_number() over (
          partition by e.settlement_date order by e.settlement_period
        ) as block
      from seen e
      where e.days = 0
        and e.settlement_period <= recon.settlement_periods_in_day(e.settlement_date)
    ) b
    group by b.settlement_date, b.block
  )
  select
    l.settlement_date,
    'silent_periods',
    '',
    array_agg(distinct n.settlement_period order by n.settlement_period),
    'critical',
    format(
      'no row in periods %s of any of the days around, where the periods beside have rows',
      recon.period_list(array_agg(n.settlement_period))
    ),
    format(
      'see what fetches them; fetch the whole of %s again, then recon-kit load --replace FILE',
      l.settlement_date
    )
  from silent l
  cross join recon.settings s
  cross join lateral (
    select max(e.days) as days, bool_or(e.is_there) as is_busy
    from seen e
    where e.settlement_date = l.settlement_date
      and e.settlement_period between l.first_period - 4 and l.last_period + 4
  ) b
  cross join lateral unnest(l.periods) n (settlement_period)
  where b.is_busy
    and b.days >= s.source_silent_days
  group by l.settlement_date
$$;

comment on function recon.silent_periods(date[]) is
  'Rule: periods that have no row on any day, settings.source_silent_days before and after, while '
  'those within two hours of them have some on that day, and on settings.source_silent_days.';
