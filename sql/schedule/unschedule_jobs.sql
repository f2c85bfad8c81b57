create or replace function recon.unschedule_jobs()
returns table (job text)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  perform recon.require_pg_cron();
  return query
  select c.jobname::text
  from cron.job c
  cross join lateral cron.unschedule(c.jobid)
  where c.username = current_user
    and c.database = current_database()
    and (
      c.jobname = 'recon prune job details'
      or exists (
        select from recon.jobs('', '', '', '', '', '', '', '', '0') j where j.job = c.jobname
      )
    );
end
$$;

comment on function recon.unschedule_jobs() is
  'Ends the jobs of recon.schedule_jobs that the calling role has; returns which. Error 0A000 '
  'without pg_cron.';
