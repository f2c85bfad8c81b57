-- depends: 0024.retargets
-- squawk-ignore-file ban-drop-function
-- What is done by the clock is rows, which pg_cron and the worker read alike; how long history is
-- kept is a setting.

create table recon.jobs (
  job text not null,
  schedule text,
  runs_in text not null,
  command text not null,
  constraint jobs_pkey primary key (job),
  constraint runs_in_is_known check (runs_in in ('pg_cron', 'worker', 'either')),
  constraint schedule_is_a_time_of_cron check (
    schedule ~ '^[0-9A-Za-z*/,-]+( [0-9A-Za-z*/,-]+){4}$'
    or (runs_in = 'pg_cron' and schedule ~ '^[0-9]+ seconds?$')
  )
);

comment on table recon.jobs is
  'What is done by the clock: a row each; recon.set_job_time changes when.';
comment on column recon.jobs.job is 'Its name, in pg_cron and in the log of the worker.';
comment on column recon.jobs.schedule is
  'When, in the five fields of cron that pg_cron and the worker both know, or what pg_cron alone '
  'does every so many seconds: of pg_cron in cron.timezone, of the worker in UTC; null = never.';
comment on column recon.jobs.runs_in is
  'pg_cron, worker or either. The worker reconciles whenever there is work, without a job.';
comment on column recon.jobs.command is
  'The statement that is sent, alone; of recon sync the verb that the worker runs.';

insert into recon.jobs (job, schedule, runs_in, command)
values
  ('recon reconcile', '*/15 * * * *', 'pg_cron', 'call recon.reconcile()'),
  ('recon sync', '15 * * * *', 'worker', 'recon-kit sync'),
  ('recon daily check', '10 6 * * *', 'either', 'call recon.daily_check()'),
  ('recon inspect source', '35 * * * *', 'either', 'select recon.inspect_source()'),
  ('recon scrub', '40 2 * * *', 'either', 'call recon.scrub(budget => ''10 minutes'')'),
  ('recon verify month', '20 3 1 * *', 'either', 'select recon.verify_month()'),
  ('recon weekly analysis', '0 7 * * 1', 'either', 'select recon.weekly_analysis()'),
  ('recon alerts', '*/5 * * * *', 'either', 'select recon.announce_alerts()'),
  ('recon prune history', '50 4 * * 0', 'either', 'select recon.prune_history()'),
  (
    'recon prune job details',
    '50 4 * * 0',
    'pg_cron',
    'delete from cron.job_run_details where runid <= (select max(d.runid) from '
      'cron.job_run_details d where d.end_time < now() - (select s.keep_history from '
      'recon.settings s))'
  );

alter table recon.settings
  add column keep_history interval not null default '90 days'
    constraint keep_history_is_up_to_1000_years
      check (keep_history >= '0' and keep_history <= '1000 years');

comment on column recon.settings.keep_history is
  'How long runs, repairs, refusals, syncs and events are kept that nothing waits for.';

drop function if exists recon.jobs(
  text, text, text, text, text, text, text, text, interval
);
drop function if exists recon.schedule_jobs(
  text, text, text, text, text, text, text, text, interval
);
