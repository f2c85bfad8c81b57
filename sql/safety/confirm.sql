create or replace function recon.confirm(run_id bigint)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  update recon.runs r
  set confirmed_at = clock_timestamp(), confirmed_by = session_user
  where r.run_id = confirm.run_id
    and r.outcome = 'stopped';

  if not found then
    raise exception 'run % was not stopped', coalesce(confirm.run_id::text, 'null')
      using errcode = 'invalid_parameter_value',
        hint = 'Stopped runs: select run_id, reason from recon.runs where outcome = ''stopped'';';
  end if;
end
$$;

comment on function recon.confirm(bigint) is
  'Lets runs do what this one was stopped from, for settings.fuse_window: so many cells of each '
  'kind as it named, on the dates that were affected then. What happens beside that counts as '
  'ever. Error 22023 where the run was not stopped.';
