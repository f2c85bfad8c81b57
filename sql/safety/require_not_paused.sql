create or replace function recon.require_not_paused()
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_reason text := (select s.paused_reason from recon.settings s);
begin
  if v_reason is not null then
    raise exception 'runs are paused: %', v_reason
      using errcode = 'RK003', hint = 'When it is over: select recon.resume();';
  end if;
end
$$;

comment on function recon.require_not_paused() is 'Nothing, or error RK003 while runs are paused.';
