create or replace function recon.report_runs(
  from_date date default null,
  to_date date default null
)
returns table (
  run_id bigint,
  started_at timestamptz,
  finished_at timestamptz,
  outcome text,
  planned_days bigint,
  left_days bigint,
  blocked_days bigint,
  failed_days bigint,
  missing bigint,
  stale bigint,
  wrong bigint,
  orphan bigint,
  seconds numeric,
  days_per_second numeric,
  cells_per_second numeric
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select
    h.run_id,
    h.started_at,
    h.finished_at,
    h.outcome,
    h.planned_days,
    h.left_days,
    h.blocked_days,
    h.failed_days,
    h.missing,
    h.stale,
    h.wrong,
    h.orphan,
    round(t.seconds, 3),
    round((h.planned_days - h.left_days) / nullif(t.seconds, 0), 1),
    round(h.cells / nullif(t.seconds, 0))
  from recon.run_history h
  cross join lateral (
    select extract(epoch from coalesce(h.finished_at, h.last_day_at) - h.started_at) as seconds
  ) t
  where recon.require_range(report_runs.from_date, report_runs.to_date)
    and (
      coalesce(report_runs.from_date, report_runs.to_date) is null
      or exists (
        select
        from recon.run_days d
        where d.run_id = h.run_id
          and d.settlement_date >= coalesce(report_runs.from_date, '-infinity')
          and d.settlement_date <= coalesce(report_runs.to_date, 'infinity')
      )
    )
  order by h.run_id
$$;

comment on function recon.report_runs(date, date) is
  'The runs that had a day of the range to do (without a range, all of them), with their days, '
  'the cells they repaired, and their speed: seconds from plan to end, days done and cells '
  'repaired a second. Error 22023 for a range it cannot use.';
