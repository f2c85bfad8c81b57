create or replace function recon.unschedule_jobs()
returns table (job text)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform recon.require_pg_cron();
  return query
  select c.jobname::text
  from cron.job c
  cross join lateral cron.unschedule(c.jobid)
  where c.jobname like 'recon %'
    and c.username = current_user;
end
$$;

comment on function recon.unschedule_jobs() is
  'Ends the jobs of recon.schedule_jobs that the calling role has; returns which. Error 0A000 '
  'without pg_cron.';
