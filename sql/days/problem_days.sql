create or replace view recon.problem_days as
select
  s.settlement_date,
  s.state,
  s.reason,
  s.attempts,
  s.next_attempt_at,
  case
    when s.next_attempt_at < 'infinity'
      then format(
        'it is tried again at %s, or now: %s',
        to_char(s.next_attempt_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'),
        recon.next_step('pending', s.settlement_date, s.settlement_date)
      )
    else recon.next_step(c.code, s.settlement_date, s.settlement_date)
  end as next_step,
  c.code as reason_code
from recon.day_status s
cross join lateral (
  select case s.state
    when 'blocked' then coalesce(
      case when s.curtailed_mwh > 0 then recon.obstacle_code(s.settlement_date) end,
      'invalid_source'
    )
    else s.state
  end as code
) c
where s.state in ('blocked', 'failed', 'skipped');

comment on view recon.problem_days is 'The days that need a person or a sync, and what helps.';
comment on column recon.problem_days.settlement_date is 'Settlement date.';
comment on column recon.problem_days.state is 'blocked, failed or skipped.';
comment on column recon.problem_days.reason is 'Why.';
comment on column recon.problem_days.attempts is 'Failures in a row.';
comment on column recon.problem_days.next_attempt_at is
  'When a failed day is tried again; infinity once it waits for a person.';
comment on column recon.problem_days.next_step is 'The command or the table that helps.';
comment on column recon.problem_days.reason_code is
  'What stands in the way now: failed, skipped, invalid_source or a code of recon.obstacle_code.';
