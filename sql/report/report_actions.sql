create or replace function recon.report_actions(
  from_date date default null,
  to_date date default null
)
returns table (
  severity text,
  first_date date,
  last_date date,
  days bigint,
  finding text,
  next_step text
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  days as materialized (
    select s.settlement_date, s.state, s.verified_at
    from recon.day_status s
    where recon.require_range(report_actions.from_date, report_actions.to_date)
      and s.settlement_date >= coalesce(report_actions.from_date, '-infinity')
      and s.settlement_date <= coalesce(report_actions.to_date, 'infinity')
  ),
  actions (place, severity, first_date, last_date, days, finding, next_step) as (
    select 1, h.severity, null::date, null::date, null::bigint, h.finding, h.next_step
    from recon.halted_runs h
    union all
    select 0, 'critical', null, null, null, g.table_name || ': ' || g.finding, g.next_step
    from recon.capture_gaps() g
    union all
    select
      case when p.state = 'skipped' then 7 else 3 end,
      case when p.state = 'skipped' then 'note' else 'warning' end,
      min(p.settlement_date),
      max(p.settlement_date),
      count(*),
      p.state || ': ' || p.reason,
      p.next_step
    from recon.problem_days p
    join days d using (settlement_date)
    group by p.state, p.reason, p.next_step
    union all
    select
      case f.severity when 'critical' then 2 when 'warning' then 5 else 8 end,
      f.severity,
      min(f.settlement_date),
      max(f.settlement_date),
      count(distinct f.settlement_date),
      'source, ' || replace(f.kind, '_', ' ') || ': '
        || case when count(*) = 1 then min(f.evidence) else count(*) || ' issues' end,
      'recon-kit source-issues'
        || format(' --from %s --to %s', min(f.settlement_date), max(f.settlement_date))
    from recon.source_issues(report_actions.from_date, report_actions.to_date) f
    group by f.severity, f.kind
    union all
    select
      4,
      'warning',
      f.from_date,
      f.to_date,
      f.undecided,
      'suspect difficulty: ' || f.explanation,
      format('recon-kit difficulty list --from %s --to %s', f.from_date, f.to_date)
    from recon.difficulty_findings f
    where f.undecided > 0
      and f.to_date >= coalesce(report_actions.from_date, '-infinity')
      and f.from_date <= coalesce(report_actions.to_date, 'infinity')
    union all
    select 6, 'warning', min(f.first_date), max(f.first_date), null,
      f.finding || ' out of date', 'recon-kit reconcile'
    from recon.summary_findings(report_actions.from_date, report_actions.to_date) f
    group by f.finding
    union all
    select 9, 'note', min(d.settlement_date), max(d.settlement_date), count(*),
      'pending: changed since a run last looked', 'recon-kit reconcile'
    from days d
    where d.state = 'pending'
    having count(*) > 0
    union all
    select 10, 'note', min(d.settlement_date), max(d.settlement_date), count(*),
      'reconciled, but not yet verified cell by cell', 'recon-kit verify'
    from days d
    where d.state = 'reconciled'
      and d.verified_at is null
    having count(*) > 0
  )
  select a.severity, a.first_date, a.last_date, a.days, a.finding, a.next_step
  from actions a
  order by a.place, a.first_date, a.finding
$$;

comment on function recon.report_actions(date, date) is
  'What waits for a person, worst first (critical, warning, note), with the command that helps: '
  'changes that pass unnoticed; '
  'runs that are halted; open issues of the source, by rule; days blocked, failed or skipped, by '
  'reason; suspect difficulties; summaries out of date; pending and unverified days. Error 22023 '
  'for a range it cannot use.';
