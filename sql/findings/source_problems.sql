create or replace view recon.source_problems as
select
  f.severity,
  f.kind,
  count(*) as issues,
  min(f.settlement_date) as first_date,
  max(coalesce(f.last_date, f.settlement_date)) as last_date,
  case
    when count(*) = 1 then format(
      '%s: %s', to_char(min(f.settlement_date), 'YYYY-MM-DD'), min(f.evidence)
    )
    else format(
      '%s times, %s to %s; the last: %s',
      count(*),
      to_char(min(f.settlement_date), 'YYYY-MM-DD'),
      to_char(max(f.settlement_date), 'YYYY-MM-DD'),
      (array_agg(f.evidence order by f.settlement_date desc))[1]
    )
  end as finding,
  case
    when count(*) = 1 then min(f.next_step)
    else format(
      'recon-kit source-issues --from %s --to %s',
      to_char(min(f.settlement_date), 'YYYY-MM-DD'),
      to_char(max(f.settlement_date), 'YYYY-MM-DD')
    )
  end as next_step
from recon.source_findings f
where f.cleared_at is null
  and f.acknowledged_at is null
group by f.severity, f.kind
union all
select
  'note',
  'inspection',
  count(*),
  min(d.settlement_date),
  max(d.settlement_date),
  format(
    'the source of %s days was not inspected since it may have changed, %s to %s',
    count(*),
    to_char(min(d.settlement_date), 'YYYY-MM-DD'),
    to_char(max(d.settlement_date), 'YYYY-MM-DD')
  ),
  'recon-kit inspect'
from recon.days d
left join recon.source_days s on s.settlement_date = d.settlement_date
where s.reconciled_at is distinct from d.reconciled_at
  and exists (select from recon.source_days)
having count(*) > 0;

comment on view recon.source_problems is
  'The open issues of the source, a row per severity and kind, and the days that were reconciled '
  'since they were inspected, where any was.';
comment on column recon.source_problems.severity is 'critical, warning or note.';
comment on column recon.source_problems.kind is 'The rule, or inspection.';
comment on column recon.source_problems.issues is 'How many.';
comment on column recon.source_problems.first_date is 'The first of their dates.';
comment on column recon.source_problems.last_date is 'The last of their dates.';
comment on column recon.source_problems.finding is 'What was found, in the last of them.';
comment on column recon.source_problems.next_step is 'What to do about it.';
