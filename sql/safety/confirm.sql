create or replace function recon.confirm(run_id bigint)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  update recon.runs r
  set confirmed_at = pg_catalog.now(), confirmed_by = session_user
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
  'Lets the next run do what this one was stopped from, and those after it until one has ended. '
  'Error 22023 where the run was not stopped.';
