create or replace function recon.record_failure(
  settlement_date date,
  run_id bigint,
  sqlstate text,
  message text
)
returns void
language sql volatile
as $$
  update recon.run_days d
  set outcome = 'failed',
    reason = record_failure.message,
    sqlstate = record_failure.sqlstate,
    finished_at = clock_timestamp()
  where d.run_id = record_failure.run_id
    and d.settlement_date = record_failure.settlement_date;

  insert into recon.changes (settlement_date, reason, changed_at)
  select record_failure.settlement_date, 'verification', pg_catalog.now()
  where not exists (
    select from recon.changes c where c.settlement_date = record_failure.settlement_date
  );

  insert into recon.days as d (
    settlement_date, outcome, reason, sqlstate, attempts, next_attempt_at, run_id
  )
  select
    record_failure.settlement_date,
    'failed',
    record_failure.message,
    record_failure.sqlstate,
    1,
    case when s.max_attempts > 1 then pg_catalog.now() + s.retry_after else 'infinity' end,
    record_failure.run_id
  from recon.settings s
  on conflict on constraint days_pkey do update
  set outcome = excluded.outcome,
    reason = excluded.reason,
    sqlstate = excluded.sqlstate,
    attempts = d.attempts + 1,
    next_attempt_at = (
      select case
        when d.attempts + 1 < s.max_attempts
          then pg_catalog.now() + s.retry_after * 2 ^ least(d.attempts, 10)
        else 'infinity'
      end
      from recon.settings s
    ),
    run_id = excluded.run_id
$$;

comment on function recon.record_failure(date, bigint, text, text) is
  'Marks a date as failed, with its error, keeps it pending, and sets when it is tried again: '
  'after retry_after, twice as long at each further failure, and never again by itself after '
  'max_attempts.';
