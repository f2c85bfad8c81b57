create or replace function recon.finish_run(run_id bigint)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  perform recon.bound_lock_waits();
  perform recon.refresh_summaries();
  return recon.close_run(finish_run.run_id);
end
$$;

comment on function recon.finish_run(bigint) is
  'Refreshes the monthly and yearly summaries where days have changed, and closes the run. '
  'Returns complete where no day of its range is left, blocked, failed or skipped, else '
  'incomplete.';
