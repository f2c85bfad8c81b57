create or replace function recon.unschedule_jobs()
returns table (job text)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  perform recon.require_pg_cron();
  return query
  with
  ours as materialized (  -- known before the first ends: a filter may come after what it filters
    select c.jobid, c.jobname
    from cron.job c
    where c.username = current_user
      and c.database = current_database()
      and exists (select from recon.jobs j where j.job = c.jobname)
  )
  select o.jobname::text
  from ours o
  cross join lateral cron.unschedule(o.jobid);
end
$$;

comment on function recon.unschedule_jobs() is
  'Ends the jobs of recon.jobs that the calling role has in pg_cron; returns which. Error 0A000 '
  'without pg_cron.';
