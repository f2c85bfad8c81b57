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
as $$
  select
    g.grain,
    date_trunc(g.grain, d.settlement_date::timestamp)::date,
    sum(d.missing),
    sum(d.stale),
    sum(d.wrong),
    sum(d.orphan)
  from recon.report_grain(report_repairs.from_date, report_repairs.to_date) g (grain)
  cross join recon.run_days d
  where recon.require_range(report_repairs.from_date, report_repairs.to_date)
    and d.settlement_date >= coalesce(report_repairs.from_date, '-infinity')
    and d.settlement_date <= coalesce(report_repairs.to_date, 'infinity')
    and d.outcome is not null
  group by 1, 2
  order by 2
$$;

comment on function recon.report_repairs(date, date) is
  'Cells repaired by kind, per day, week or month (grain) that they are of, from first_date on. '
  'What a first run inserts was missing too. Error 22023 for a range it cannot use.';
