create or replace function recon.require_pg_cron()
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_planted text;
begin
  if to_regprocedure('cron.schedule(text, text, text)') is null then
    raise exception 'pg_cron is not installed in database %', current_database()
      using errcode = 'feature_not_supported',
        hint = 'Where the server has it: create extension pg_cron (in the database that '
          'cron.database_name names). Else let the cron of a machine call recon-kit: see README.';
  end if;

  select format('%s belongs to %s', f.oid::regprocedure, f.proowner::regrole)
  into v_planted
  from pg_proc f
  join pg_roles r on r.oid = f.proowner
  where f.pronamespace = to_regnamespace('cron')
    and f.proname in ('schedule', 'unschedule')
    and not r.rolsuper
    and r.rolname <> current_user
    and not exists (
      select
      from pg_depend d
      where d.classid = 'pg_proc'::regclass
        and d.objid = f.oid
        and d.deptype = 'e'
    )
  limit 1;
  if found then
    raise exception 'schema cron is not that of pg_cron: %', v_planted
      using errcode = 'feature_not_supported',
        hint = 'Have it dropped, with what is in it; then: create extension pg_cron.';
  end if;
end
$$;

comment on function recon.require_pg_cron() is
  'Error 0A000 where pg_cron is not installed in this database, or what is there in its name is '
  'somebody else''s.';
