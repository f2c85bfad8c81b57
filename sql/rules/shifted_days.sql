create or replace function recon.shifted_days(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  doubled as (
    select
      d.settlement_date,
      1.0 * (d.source_rows - d.repeated_rows) / d.cells as rows_per_cell,
      u.usual
    from recon.source_days d
    cross join recon.settings s
    cross join lateral (
      select
        percentile_cont(0.5) within group (
          order by 1.0 * (h.source_rows - h.repeated_rows) / h.cells
        )::numeric as usual
      from recon.source_days h
      where h.settlement_date >= d.settlement_date - s.source_window_days
        and h.settlement_date < d.settlement_date
        and h.cells >= 5 * s.source_copy_rows
      having count(*) >= s.source_min_days
    ) u
    where d.settlement_date = any (shifted_days.settlement_dates)
      and d.cells >= 10 * s.source_copy_rows
      and d.source_rows - d.repeated_rows > 1.15 * u.usual * d.cells
  )
  select
    x.settlement_date,
    'shifted_days',
    e.settlement_date::text,
    null::integer[],
    'warning',
    format(
      'it has %s rows per half hour and farm, and not %s; %s has none: they may be here',
      round(x.rows_per_cell, 2),
      round(x.usual, 2),
      e.settlement_date
    ),
    format('fetch %s and %s again', x.settlement_date, e.settlement_date)
  from doubled x
  join recon.source_days e
    on e.settlement_date in (x.settlement_date - 1, x.settlement_date + 1)
    and e.source_rows = 0

  union all
  select
    d.settlement_date,
    'shifted_days',
    o.settlement_date::text,
    null::integer[],
    'critical',
    format(
      'all %s rows, %s MWh, are those that %s had before it changed',
      d.source_rows,
      trim_scale(d.curtailed_mwh),
      o.settlement_date
    ),
    format('fetch %s and %s again', d.settlement_date, o.settlement_date)
  from recon.source_days d
  cross join recon.settings s
  join recon.source_days o
    on o.fingerprint_before = d.fingerprint
    and o.fingerprint <> d.fingerprint
    and o.settlement_date <> d.settlement_date
    and d.changed_at >= o.changed_at
  where d.settlement_date = any (shifted_days.settlement_dates)
    and d.source_rows >= s.source_copy_rows
$$;

comment on function recon.shifted_days(date[]) is
  'Rule: rows on the wrong date: a day with too many rows per half hour and farm beside one with '
  'none, or a day with the rows that another had before.';
