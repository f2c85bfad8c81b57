-- Each command is one statement: pg_cron runs it alone, as a procedure that commits needs. A job
-- never runs beside itself, and runs lock day by day, so that they do not block each other.
create or replace function recon.schedule_jobs()
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
  with
  ours as materialized (
    select j.job, j.schedule, j.command
    from recon.jobs j
    where j.runs_in <> 'worker'
      and j.schedule is not null
  )
  select o.job, o.schedule, o.command
  from ours o
  cross join lateral cron.schedule(o.job, o.schedule, o.command)
  order by o.job;
end
$$;

comment on function recon.schedule_jobs() is
  'Has pg_cron do the jobs of recon.jobs as the role that calls this, at their times in its '
  'cron.timezone; returns them. Called again it replaces all of them. Error 0A000 without pg_cron, '
  '28000 where the role cannot sign in.';
