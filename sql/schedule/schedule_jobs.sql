-- Each command is one statement: pg_cron runs it alone, as a procedure that commits needs. A job
-- never runs beside itself, and days are locked one by one, so runs of others are not in its way.
create or replace function recon.schedule_jobs(
  reconcile_at text default '*/15 * * * *',
  daily_check_at text default '10 6 * * *',
  inspect_at text default '35 * * * *',
  scrub_at text default '40 2 * * *',
  verify_month_at text default '20 3 1 * *',
  analysis_at text default '0 7 * * 1',
  alerts_at text default '*/5 * * * *',
  prune_at text default '50 4 * * 0',
  keep interval default '90 days'
)
returns table (job text, schedule text, command text)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  perform recon.require_pg_cron();
  if not (select r.rolcanlogin from pg_roles r where r.rolname = current_user) then
    raise exception 'pg_cron signs in as the role that schedules, and % cannot', current_user
      using errcode = 'invalid_authorization_specification',
        hint = 'Schedule as a role that may: a member of recon_operator.';
  end if;
  perform recon.unschedule_jobs();

  return query
  select j.job, j.schedule, j.command
  from (
    select s.job, s.schedule, s.command
    from recon.jobs(
      reconcile_at,
      daily_check_at,
      inspect_at,
      scrub_at,
      verify_month_at,
      analysis_at,
      alerts_at,
      prune_at,
      keep
    ) s
    union all
    select
      'recon prune job details',
      prune_at,
      format(
        'delete from cron.job_run_details where runid <= (select max(d.runid)'
        ' from cron.job_run_details d where d.end_time < now() - interval %L)',
        keep
      )
    where prune_at is not null
  ) j
  cross join lateral cron.schedule(j.job, j.schedule, j.command);
end
$$;

comment on function recon.schedule_jobs(text, text, text, text, text, text, text, text, interval) is
  'Has pg_cron do the work as the role that calls this: what is pending every 15 minutes, alerts '
  'every 5, the source each hour, the daily check, a scrub each night, the month on its first day '
  '(the one before too), and once a week an analysis and the pruning of history and of pg_cron''s '
  'own. Times are as cron has them, in its cron.timezone; null leaves a job out. Called again it '
  'replaces all of them. Error 0A000 without pg_cron, 28000 where the role cannot sign in.';
