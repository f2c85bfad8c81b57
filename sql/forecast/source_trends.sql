create or replace function recon.source_trends(days integer default 14)
returns table (
  settlement_date date,
  measure text,
  found numeric,
  expected numeric,
  low numeric,
  high numeric,
  is_within boolean
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  repaired as materialized (
    select r.settlement_date, sum(r.stale + r.wrong + r.orphan) as cells
    from recon.run_days r
    group by r.settlement_date
  ),
  measured as materialized (
    select d.settlement_date, m.place, m.measure, m.number
    from recon.source_days d
    left join repaired r on r.settlement_date = d.settlement_date
    cross join lateral (
      values
        (1, 'rows', d.source_rows::numeric),
        (2, 'MWh', d.curtailed_mwh),
        (3, 'repairs', coalesce(r.cells, 0))
    ) m (place, measure, number)
  ),
  latest as (
    select d.settlement_date
    from recon.source_days d
    order by d.settlement_date desc
    limit greatest(source_trends.days, 0)
  ),
  wanted as (
    select l.settlement_date from latest l
    union all
    select max(l.settlement_date) + 1 from latest l having count(*) > 0
  )
  select
    w.settlement_date,
    p.measure,
    trim_scale(m.number),
    round(b.bounds[2]::numeric, 1),
    round(b.bounds[1]::numeric, 1),
    round(b.bounds[3]::numeric, 1),
    m.number between b.bounds[1]::numeric and b.bounds[3]::numeric
  from wanted w
  cross join (values (1, 'rows'), (2, 'MWh'), (3, 'repairs')) p (place, measure)
  left join measured m
    on m.settlement_date = w.settlement_date
    and m.measure = p.measure
  cross join lateral (
    select case when count(*) >= max(s.source_min_days) then
      percentile_cont(array[0.05, 0.5, 0.95]) within group (order by h.number)
    end as bounds
    from recon.settings s
    join measured h
      on h.measure = p.measure
      and h.settlement_date >= w.settlement_date - s.source_window_days
      and h.settlement_date < w.settlement_date
  ) b
  order by w.settlement_date, p.place
$$;

comment on function recon.source_trends(integer) is
  'Rows, energy (MWh) and repairs (cells updated or deleted) of the last days that were inspected, '
  'and the day after them (found is null), with what was to be expected: the median of the days in '
  'settings.source_window_days before, and the band that nine of ten of them lie in. Nulls where '
  'there are fewer than settings.source_min_days.';
