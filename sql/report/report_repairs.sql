create or replace function recon.report_repairs(
  from_date date default null,
  to_date date default null
)
returns table (
  grain text,
  first_date date,
  missing bigint,
  stale bigint,
  wrong bigint,
  orphan bigint
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  busy as (
    select min(d.settlement_date) as first_date, max(d.settlement_date) as last_date
    from recon.day_results d
    where d.result is not null
      and d.settlement_date >= coalesce(report_repairs.from_date, '-infinity')
      and d.settlement_date <= coalesce(report_repairs.to_date, 'infinity')
      and (d.source_rows is distinct from 0 or d.cells > 0)
  )
  select
    g.grain,
    date_trunc(g.grain, d.settlement_date::timestamp)::date,
    sum(d.missing),
    sum(d.stale),
    sum(d.wrong),
    sum(d.orphan)
  from busy b
  cross join lateral recon.report_grain(b.first_date, b.last_date) g (grain)
  cross join recon.run_days d
  where recon.require_range(report_repairs.from_date, report_repairs.to_date)
    and d.settlement_date between b.first_date and b.last_date
    and d.outcome is not null
  group by 1, 2
  order by 2
$$;

comment on function recon.report_repairs(date, date) is
  'Cells repaired by kind, per day, week or month (grain) that they are of, from first_date on: '
  'from the first to the last day that has data or a repair. What a first run inserts was missing '
  'too. Error 22023 for a range it cannot use.';
