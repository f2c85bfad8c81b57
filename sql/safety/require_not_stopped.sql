create or replace function recon.require_not_stopped(run_id bigint)
returns void
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_reason text := (
    select r.reason
    from recon.runs r
    where r.run_id = require_not_stopped.run_id
      and r.outcome = 'stopped'
  );
begin
  if v_reason is not null then
    raise exception 'run % was stopped before it wrote anything: %',
      require_not_stopped.run_id, v_reason
      using errcode = 'RK002',
        detail = 'See which: select * from recon.plan();',
        hint = format(
          'If that is meant: select recon.confirm(run_id => %s); then run again.',
          require_not_stopped.run_id
        );
  end if;
end
$$;

comment on function recon.require_not_stopped(bigint) is
  'Nothing, or error RK002 where the fuse stopped this run.';
