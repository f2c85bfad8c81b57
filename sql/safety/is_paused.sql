create or replace function recon.is_paused()
returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select s.paused_reason is not null from recon.settings s
$$;

comment on function recon.is_paused() is 'Whether runs are paused.';
