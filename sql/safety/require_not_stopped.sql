create or replace function recon.require_not_stopped(run_id bigint)
returns void
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if recon.is_stopped(require_not_stopped.run_id) then
    raise exception '%', recon.stop_message(require_not_stopped.run_id)
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
  'Nothing, or error RK002 where the fuse stopped this run, and nobody has confirmed it.';
