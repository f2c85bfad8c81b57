-- An error undoes the day and no other. Its changes come back with the rollback, so it stays
-- pending; days.next_attempt_at keeps runs from it for a while. A statement that ran out of time is
-- such an error; one that somebody cancelled is not, and ends the batch.
create or replace function recon.attempt_day(settlement_date date, run_id bigint)
returns boolean
language plpgsql volatile
as $$
declare
  v_sqlstate text;
  v_message text;
begin
  if not recon.lock_day(attempt_day.settlement_date) then
    return false;
  end if;

  if not exists (
    select from recon.run_days d
    where d.run_id = attempt_day.run_id
      and d.settlement_date = attempt_day.settlement_date
      and d.outcome is null
  ) or exists (
    select from recon.days s
    where s.settlement_date = attempt_day.settlement_date
      and s.outcome = 'skipped'
  ) then
    return false;
  end if;

  begin
    perform recon.reconcile_day(attempt_day.settlement_date, attempt_day.run_id);
  exception when others or query_canceled then
    get stacked diagnostics v_sqlstate = returned_sqlstate, v_message = message_text;
    if v_sqlstate = '57014' and not recon.statement_timed_out() then
      raise;
    end if;
    perform recon.record_failure(
      attempt_day.settlement_date, attempt_day.run_id, v_sqlstate, v_message
    );
  end;
  return true;
end
$$;

comment on function recon.attempt_day(date, bigint) is
  'Claims one planned date of a run and reconciles it, or records why it failed. False where '
  'another worker holds it or has done it, or somebody skipped it.';
