create or replace function recon.announce_issues()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  insert into recon.events (happened_at, kind, severity, settlement_date, message, details)
  select
    clock_timestamp(),
    'source_issue',
    'critical',
    min(f.settlement_date),
    format(
      '%s in the source of %s: %s. recon-kit source-issues lists it.',
      f.kind,
      case
        when min(f.settlement_date) = max(f.settlement_date)
          then to_char(min(f.settlement_date), 'YYYY-MM-DD')
        else format(
          '%s days, the first %s',
          count(distinct f.settlement_date),
          to_char(min(f.settlement_date), 'YYYY-MM-DD')
        )
      end,
      rtrim((array_agg(f.evidence order by f.settlement_date, f.subject))[1], '.')
    ),
    jsonb_build_object('issue', f.kind, 'issues', count(*))
  from found f
  where f.severity = 'critical'
    and f.cleared_at is null
    and f.acknowledged_at is null
    and f.opened_at = pg_catalog.now()
  group by f.kind;
  return null;
end
$$;

comment on function recon.announce_issues() is
  'Statement trigger of source_findings: an event for each kind of critical issue that an '
  'inspection has opened.';
