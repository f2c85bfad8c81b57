create or replace function recon.require_pg_cron()
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if to_regprocedure('cron.schedule(text, text, text)') is null then
    raise exception 'pg_cron is not installed in database %', current_database()
      using errcode = 'feature_not_supported',
        hint = 'Where the server has it: create extension pg_cron (in the database that '
          'cron.database_name names). Else let the cron of a machine call recon-kit: see README.';
  end if;
end
$$;

comment on function recon.require_pg_cron() is
  'Error 0A000 where pg_cron is not installed in this database.';
