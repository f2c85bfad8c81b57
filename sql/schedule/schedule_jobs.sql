-- Each command is one statement: pg_cron runs it alone, as a procedure that commits needs. A job
-- never runs beside itself, and days are locked one by one, so runs of others are not in its way.
create or replace function recon.schedule_jobs(
  reconcile_at text default '*/15 * * * *',
  daily_check_at text default '10 6 * * *',
  scrub_at text default '40 2 * * *',
  verify_month_at text default '20 3 1 * *',
  prune_at text default '50 4 * * 0',
  keep interval default '90 days'
)
returns table (job text, schedule text, command text)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform recon.require_pg_cron();
  perform recon.unschedule_jobs();

  return query
  with
  jobs (job, schedule, command) as (
    values
      ('recon reconcile', reconcile_at, 'call recon.reconcile()'),
      ('recon daily check', daily_check_at, 'call recon.daily_check()'),
      ('recon scrub', scrub_at, 'call recon.scrub(budget => ''10 minutes'')'),
      ('recon verify month', verify_month_at, 'select recon.verify_month()'),
      ('recon prune history', prune_at, format('select recon.prune_history(%L)', keep)),
      (
        'recon prune job details',
        prune_at,
        format('delete from cron.job_run_details where end_time < now() - interval %L', keep)
      )
  )
  select j.job, j.schedule, j.command
  from jobs j
  cross join lateral cron.schedule(j.job, j.schedule, j.command)
  where j.schedule is not null;
end
$$;

comment on function recon.schedule_jobs(text, text, text, text, text, interval) is
  'Has pg_cron do the work as the role that calls this: what is pending every 15 minutes, the '
  'daily check, a scrub each night, the month on its first day (the one before too), and once a '
  'week the pruning of history and of pg_cron''s own. Times are as cron has them, in its '
  'cron.timezone; null leaves a job out. Called again it replaces all of them. Error 0A000 without '
  'pg_cron.';
