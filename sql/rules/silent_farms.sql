create or replace function recon.silent_farms(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  busy as materialized (
    select d.settlement_date, row_number() over (order by d.settlement_date) as n
    from recon.source_days d
    where d.cells >= (select s.source_copy_rows from recon.settings s)
  ),
  silent as materialized (
    select b.settlement_date, f.farm_id, l.settlement_date as last_date, l.n as last_n
    from busy b
    cross join recon.settings s
    join busy l on l.n = b.n - s.source_silent_days
    join recon.source_farms f on f.settlement_date = l.settlement_date
    where b.settlement_date = any (silent_farms.settlement_dates)
      and not exists (
        select from recon.source_farms g
        where g.farm_id = f.farm_id
          and g.settlement_date > l.settlement_date
          and g.settlement_date <= b.settlement_date
      )
      and (
        select count(*)
        from recon.source_farms g
        where g.farm_id = f.farm_id
          and g.settlement_date >= l.settlement_date - s.source_window_days
          and g.settlement_date <= l.settlement_date
      ) >= s.source_min_days
  )
  select
    x.settlement_date,
    'silent_farms',
    x.farm_id,
    null::integer[],
    'note',
    format(
      '%s has had no row on %s busy days, since %s; before it was there on %s of %s',
      x.farm_id,
      s.source_silent_days,
      x.last_date,
      h.days,
      h.busy_days
    ),
    'ask whether it is out of service, and see whether its rows are fetched'
  from silent x
  cross join recon.settings s
  cross join lateral (
    select
      count(g.n) as days,
      max(g.n) - min(g.n) + 1 as busy_days,
      max(g.gap) as longest_gap
    from (
      select b.n, b.n - lag(b.n) over (order by b.n) as gap
      from recon.source_farms f
      join busy b on b.settlement_date = f.settlement_date
      where f.farm_id = x.farm_id
        and f.settlement_date >= x.last_date - s.source_window_days
        and f.settlement_date <= x.last_date
    ) g
  ) h
  where h.days >= s.source_min_days
    and h.longest_gap <= s.source_silent_days / 4
$$;

comment on function recon.silent_farms(date[]) is
  'Rule: farms that have had no row for exactly settings.source_silent_days busy days, told on the '
  'last of these, that were there on settings.source_min_days before and never away for more than '
  'a quarter as long.';
