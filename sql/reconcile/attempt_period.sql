-- A write that does not stick is an error of the repair; what is off after one is off because an
-- input has changed meanwhile, which is no fault of the day.
create or replace function recon.attempt_period(
  settlement_date date,
  settlement_period integer,
  run_id bigint,
  attempts integer
)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
as $$
declare
  v_sqlstate text;
  v_message text;
  v_detail text;
  v_constraint text;
  v_table text;
begin
  perform recon.require_read_committed();
  perform recon.bound_lock_waits();
  if not recon.lock_day(attempt_period.settlement_date) then
    raise exception '% is in the hands of %',
      attempt_period.settlement_date,
      recon.lock_holder(null, recon.lock_no(attempt_period.settlement_date))
      using errcode = 'lock_not_available';
  end if;

  if recon.is_paused()
    or recon.is_skipped(attempt_period.settlement_date)
    or recon.blocking_reason(attempt_period.settlement_date) is not null
  then
    return true;
  end if;

  perform recon.repair_part(
    attempt_period.settlement_date,
    attempt_period.settlement_period,
    null,
    attempt_period.run_id
  );
  return attempt_period.settlement_period
    <> all (recon.periods_with_gaps(attempt_period.settlement_date));
exception when others then
  get stacked diagnostics
    v_sqlstate = returned_sqlstate,
    v_message = message_text,
    v_detail = pg_exception_detail,
    v_constraint = constraint_name,
    v_table = table_name;
  if recon.is_server_fault(v_sqlstate) then
    perform recon.suspend_run(v_sqlstate, v_message, attempt_period.run_id);
  elsif v_sqlstate = 'RK002' then
    perform recon.stop_run(attempt_period.run_id);
    return true;
  end if;
  insert into recon.period_failures as f (
    settlement_date, settlement_period, run_id, attempts, sqlstate, reason, failed_at
  )
  values (
    attempt_period.settlement_date,
    attempt_period.settlement_period,
    attempt_period.run_id,
    attempt_period.attempts,
    v_sqlstate,
    recon.error_reason(v_sqlstate, v_message, v_detail, v_constraint, v_table),
    clock_timestamp()
  )
  on conflict on constraint period_failures_pkey do update
  set attempts = excluded.attempts,
    sqlstate = excluded.sqlstate,
    reason = excluded.reason,
    failed_at = excluded.failed_at;
  return false;
end
$$;

comment on function recon.attempt_period(date, integer, bigint, integer) is
  'Repairs one half hour of a date, sums the day up and verifies the half hour, or records in '
  'period_failures why it could not; true where it is right now, or the fuse has stopped the run. '
  'False without a record: an input has changed meanwhile.';
