-- What others hold may be free in a moment; the third time it is said.
create or replace function recon.finish_run(run_id bigint)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_sqlstate text;
  v_message text;
  v_detail text;
begin
  perform recon.bound_lock_waits();
  for v_attempt in 1..3 loop
    begin
      perform recon.refresh_summaries();
      exit;
    exception when others then
      get stacked diagnostics
        v_sqlstate = returned_sqlstate, v_message = message_text, v_detail = pg_exception_detail;
      if v_attempt = 3 or not recon.is_passing_error(v_sqlstate, null) then
        perform recon.suspend_run(
          v_sqlstate,
          recon.error_reason(v_sqlstate, v_message, v_detail, null, null),
          finish_run.run_id
        );
      end if;
      perform pg_sleep(0.1 * 2 ^ v_attempt * (0.5 + random()));
    end;
  end loop;
  return recon.close_run(finish_run.run_id);
end
$$;

comment on function recon.finish_run(bigint) is
  'Refreshes the monthly and yearly summaries where days have changed, and closes the run. '
  'Returns complete where no day of its range is left, blocked, failed or skipped, else '
  'incomplete.';
