create or replace function recon.jobs(
  reconcile_at text,
  daily_check_at text,
  inspect_at text,
  scrub_at text,
  verify_month_at text,
  analysis_at text,
  alerts_at text,
  prune_at text,
  keep interval
)
returns table (job text, schedule text, command text)
language sql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select j.job, j.schedule, j.command
  from (
    values
      ('recon reconcile', reconcile_at, 'call recon.reconcile()'),
      ('recon daily check', daily_check_at, 'call recon.daily_check()'),
      ('recon inspect source', inspect_at, 'select recon.inspect_source()'),
      ('recon scrub', scrub_at, 'call recon.scrub(budget => ''10 minutes'')'),
      ('recon verify month', verify_month_at, 'select recon.verify_month()'),
      ('recon weekly analysis', analysis_at, 'select recon.weekly_analysis()'),
      ('recon alerts', alerts_at, 'select recon.announce_alerts()'),
      ('recon prune history', prune_at, format('select recon.prune_history(%L)', keep))
  ) j (job, schedule, command)
  where j.schedule is not null
$$;

comment on function recon.jobs(text, text, text, text, text, text, text, text, interval) is
  'What is to be done when, as cron has it: each command is one statement, to be sent alone.';
