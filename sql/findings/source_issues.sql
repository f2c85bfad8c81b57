create or replace function recon.source_issues(
  from_date date default null,
  to_date date default null,
  open_only boolean default true
)
returns table (
  settlement_date date,
  periods text,
  kind text,
  subject text,
  severity text,
  evidence text,
  next_step text,
  state text,
  found_at timestamptz,
  reason text
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select
    f.settlement_date,
    coalesce(recon.period_list(f.periods), 'all'),
    f.kind,
    f.subject,
    f.severity,
    f.evidence || case
      when f.last_date is not null
        then format('; so on %s days to %s', f.faulty_days, to_char(f.last_date, 'YYYY-MM-DD'))
      else ''
    end,
    f.next_step,
    s.state,
    f.found_at,
    f.reason
  from recon.source_findings f
  cross join lateral (
    select case
      when f.cleared_at is not null then 'cleared'
      when f.acknowledged_at is not null then 'acknowledged'
      else 'open'
    end as state
  ) s
  where coalesce(f.last_date, f.settlement_date) >= coalesce(source_issues.from_date, '-infinity')
    and f.settlement_date <= coalesce(source_issues.to_date, 'infinity')
    and (s.state = 'open' or not source_issues.open_only)
    and recon.require_range(source_issues.from_date, source_issues.to_date)
  order by
    array_position(array['critical', 'warning', 'note'], f.severity),
    f.settlement_date desc,
    f.kind,
    f.subject
$$;

comment on function recon.source_issues(date, date, boolean) is
  'What the last inspection of each day found in the source, worst first: the date (the first, '
  'where it lasts), its periods, the rule, what it is about, how severe it is, the evidence and '
  'what to do. Without open_only '
  'also what was acknowledged (with the reason) or has been cleared. Error 22023 for a range it '
  'cannot use.';
