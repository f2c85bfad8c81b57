-- A platform that only refreshes the current day loses the same last periods of every day.
create or replace function recon.silent_periods(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  bounds as (
    select
      min(u.settlement_date) - s.source_silent_days as first_date,
      max(u.settlement_date) + s.source_silent_days as last_date,
      s.source_silent_days + 1 as days
    from recon.settings s
    cross join unnest(silent_periods.settlement_dates) u (settlement_date)
    group by s.source_silent_days
  ),
  followed as (
    select
      p.settlement_period,
      p.settlement_date,
      lead(p.settlement_date) over (
        partition by p.settlement_period order by p.settlement_date
      ) as next_date
    from (
      select p.settlement_period, p.settlement_date
      from bounds b
      join recon.source_periods p
        on p.settlement_date >= b.first_date
        and p.settlement_date <= b.last_date
      where p.settlement_period between 1 and 48
      union all
      select n, b.first_date - 1
      from bounds b
      cross join generate_series(1, 48) n
    ) p
  ),
  empty as (
    select d.settlement_date, f.settlement_period
    from followed f
    cross join bounds b
    cross join lateral generate_series(
      b.days, coalesce(f.next_date, b.last_date + 1) - f.settlement_date - b.days
    ) n
    cross join lateral (values (f.settlement_date + n)) d (settlement_date)
    where d.settlement_date = any (silent_periods.settlement_dates)
      and f.settlement_period <= recon.settlement_periods_in_day(d.settlement_date)
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
      from empty e
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
    from (
      select
        count(*) as days,
        bool_or(p.settlement_date = l.settlement_date) as is_there
      from recon.source_periods p
      where p.settlement_date >= l.settlement_date - s.source_silent_days
        and p.settlement_date <= l.settlement_date + s.source_silent_days
        and p.settlement_period between l.first_period - 4 and l.last_period + 4
        and p.settlement_period between 1 and 48
      group by p.settlement_period
    ) e
  ) b
  cross join lateral unnest(l.periods) n (settlement_period)
  where b.is_busy
    and b.days >= s.source_silent_days
  group by l.settlement_date
$$;

comment on function recon.silent_periods(date[]) is
  'Rule: periods that have no row on any day, settings.source_silent_days before and after, while '
  'those within two hours of them have some on that day, and on settings.source_silent_days.';
