create or replace view recon.capture_checks as
select
  'capture' as subject,
  'failure' as outcome,
  g.table_name || ': ' || g.finding as finding,
  g.next_step
from recon.capture_gaps() g
union all
select 'capture', 'ok', 'every change of every input is noticed', null
where not exists (select from recon.capture_gaps());

comment on view recon.capture_checks is
  'Whether every change is noticed: a failure for each of recon.capture_gaps(), or one ok.';
comment on column recon.capture_checks.subject is 'What was looked at.';
comment on column recon.capture_checks.outcome is 'ok or failure.';
comment on column recon.capture_checks.finding is 'What was found.';
comment on column recon.capture_checks.next_step is 'What to do about it; null where it is ok.';
