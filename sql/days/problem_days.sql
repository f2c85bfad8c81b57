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
        'it is tried again at %s, or now: recon-kit date %s',
        to_char(s.next_attempt_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'),
        d.settlement_date
      )
    when s.state in ('failed', 'skipped') then format('recon-kit retry-day %s', d.settlement_date)
    when s.reason like 'invalid source%'
      then format('recon-kit gaps --from %1$s --to %1$s', d.settlement_date)
    when s.reason = 'no active miner model' then 'set is_active in recon.miner_models'
    when s.reason = 'no block reward' then 'insert it into recon.block_rewards'
    when recon.height_on(s.settlement_date) is not null
      then format('recon-kit difficulty propose --from %1$s --to %1$s', s.settlement_date)
    when s.reason like 'difficulty %'
      then format('recon-kit difficulty list --from %1$s --to %1$s', s.settlement_date)
    else 'recon-kit sync, or insert it into recon.network_difficulties'
  end as next_step
from recon.day_status s
cross join lateral (select to_char(s.settlement_date, 'YYYY-MM-DD') as settlement_date) d
where s.state in ('blocked', 'failed', 'skipped');

comment on view recon.problem_days is 'The days that need a person or a sync, and what helps.';
comment on column recon.problem_days.settlement_date is 'Settlement date.';
comment on column recon.problem_days.state is 'blocked, failed or skipped.';
comment on column recon.problem_days.reason is 'Why.';
comment on column recon.problem_days.attempts is 'Failures in a row.';
comment on column recon.problem_days.next_attempt_at is
  'When a failed day is tried again; infinity once it waits for a person.';
comment on column recon.problem_days.next_step is 'The command or the table that helps.';
