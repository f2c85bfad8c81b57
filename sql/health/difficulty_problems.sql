create or replace view recon.difficulty_problems as
select
  'critical' as severity,
  min(m.settlement_date) as settlement_date,
  0 as completion,
  format(
    case
      when count(*) = 1 then '0 %% right (critical): %1$s on %3$s, %5$s MWh'
      else '0 %% right (critical): %1$s on %2$s days, %3$s to %4$s, %5$s MWh'
    end,
    m.reason,
    count(*),
    to_char(min(m.settlement_date), 'YYYY-MM-DD'),
    to_char(max(m.settlement_date), 'YYYY-MM-DD'),
    trim_scale(sum(m.curtailed_mwh))
  ) as finding,
  recon.next_step(m.reason_code, min(m.settlement_date), max(m.settlement_date)) as next_step
from recon.missing_difficulties m
where not exists (
  select from recon.days d
  where d.settlement_date = m.settlement_date
    and d.outcome = 'skipped'
)
group by m.reason, m.reason_code
union all
select
  'warning',
  min(f.from_date),
  null,
  format(
    'suspect on %s days, %s to %s: %s',
    sum(f.undecided),
    to_char(min(f.from_date), 'YYYY-MM-DD'),
    to_char(max(f.to_date), 'YYYY-MM-DD'),
    string_agg(distinct f.kind, ', ')
  ),
  recon.next_step('difficulty_suspect', min(f.from_date), max(f.to_date))
from recon.difficulty_findings f
where f.undecided > 0
having count(*) > 0;

comment on view recon.difficulty_problems is
  'Dates with curtailed energy that lack their difficulty, a row per reason and step, and the '
  'dates whose difficulty is suspect and undecided, in one row.';
comment on column recon.difficulty_problems.severity is 'critical or warning.';
comment on column recon.difficulty_problems.settlement_date is 'The first of the dates.';
comment on column recon.difficulty_problems.completion is
  'Share of their cells that are right, in %; null where they can be worked out.';
comment on column recon.difficulty_problems.finding is 'What was found.';
comment on column recon.difficulty_problems.next_step is 'What to do about it.';
