create or replace function recon.silent_farms(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  busy as materialized (
    select
      d.settlement_date,
      row_number() over w as n,
      lead(d.settlement_date, s.source_silent_days) over w as silent_date
    from recon.source_days d
    cross join recon.settings s
    where d.cells >= s.source_copy_rows
    window w as (order by d.settlement_date)
  ),
  silent as materialized (
    select l.silent_date as settlement_date, f.farm_id, l.settlement_date as last_date
    from busy l
    join recon.source_farms f on f.settlement_date = l.settlement_date
    where l.silent_date = any (silent_farms.settlement_dates)
      and coalesce(
        (
          select min(g.settlement_date)
          from recon.source_farms g
          where g.farm_id = f.farm_id
            and g.settlement_date > l.settlement_date
        ),
        'infinity'
      ) > l.silent_date
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
      from busy b
      where b.settlement_date >= x.last_date - s.source_window_days
        and b.settlement_date <= x.last_date
        and exists (
          select from recon.source_farms f
          where (f.settlement_date, f.farm_id) = (b.settlement_date, x.farm_id)
        )
    ) g
  ) h
  where h.days >= s.source_min_days
    and h.longest_gap <= s.source_silent_days / 4
$$;

comment on function recon.silent_farms(date[]) is
  'Rule: farms that have had no row for exactly settings.source_silent_days busy days, told on the '
  'last of these, that were there on settings.source_min_days before and never away for more than '
  'a quarter as long.';
