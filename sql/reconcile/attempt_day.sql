-- An error undoes the day and no other. Its changes come back with the rollback, so it stays
-- pending. A passing error (what others who write cause) leaves it to the next batch; any other,
-- or the third, is the day's own, and days.next_attempt_at keeps runs from it for a while. What
-- the server lacks is no day's fault, nor is a statement that somebody cancelled: that ends the
-- batch, undoes it, and leaves the run as it was.
create or replace function recon.attempt_day(settlement_date date, run_id bigint)
returns text
language plpgsql volatile
as $$
declare
  v_started timestamptz := clock_timestamp();
  v_setbacks integer;
  v_sqlstate text;
  v_message text;
  v_detail text;
  v_constraint text;
  v_table text;
begin
  if not recon.lock_day(attempt_day.settlement_date) then
    return 'passed by';
  end if;

  select d.setbacks
  into v_setbacks
  from recon.run_days d
  where d.run_id = attempt_day.run_id
    and d.settlement_date = attempt_day.settlement_date
    and d.outcome is null
    and not recon.is_skipped(attempt_day.settlement_date);
  if not found then
    return 'passed by';
  end if;

  begin
    perform recon.reconcile_day(attempt_day.settlement_date, attempt_day.run_id);
    return 'done';
  exception when others or query_canceled then
    get stacked diagnostics
      v_sqlstate = returned_sqlstate,
      v_message = message_text,
      v_detail = pg_exception_detail,
      v_constraint = constraint_name,
      v_table = table_name;
    if v_sqlstate = '57014' and not recon.statement_timed_out() then
      raise;
    elsif recon.is_server_fault(v_sqlstate) then
      perform recon.suspend_run(v_sqlstate, v_message, attempt_day.run_id);
    elsif v_sqlstate = 'RK002' then
      return 'stopped';
    end if;
  end;

  if v_setbacks < 2 and recon.is_passing_error(v_sqlstate, clock_timestamp() - v_started) then
    update recon.run_days d
    set setbacks = d.setbacks + 1
    where d.run_id = attempt_day.run_id
      and d.settlement_date = attempt_day.settlement_date;
    return 'set back';
  end if;

  perform recon.record_failure(
    attempt_day.settlement_date,
    attempt_day.run_id,
    v_sqlstate,
    recon.error_reason(v_sqlstate, v_message, v_detail, v_constraint, v_table)
  );
  return 'done';
end
$$;

comment on function recon.attempt_day(date, bigint) is
  'Claims one planned date of a run and reconciles it. Returns done (reconciled, blocked, or '
  'failed and recorded), set back (a passing error: try again), stopped (the fuse forbids it), '
  'or passed by (another worker holds it or has done it, or somebody skipped it). Raises again '
  'what recon.is_server_fault is.';
