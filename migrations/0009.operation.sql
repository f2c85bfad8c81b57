-- depends: 0008.loads-and-inspections
-- How the kit works: its settings, its locks, what it does by the clock and what it tells.

create table recon.settings (
  only_row boolean not null default true,
  max_attempts integer not null default 5,
  retry_after interval not null default '1 minute',
  lock_timeout interval not null default '5 seconds',
  critical_mwh numeric not null default 100,
  fuse_share numeric not null default 0.25,
  fuse_days integer not null default 7,
  fuse_sample_days integer not null default 100,
  paused_reason text,
  difficulty_policy text not null default 'warn',
  difficulty_max_step numeric not null default 4,
  difficulty_min_epoch_days integer not null default 5,
  difficulty_max_epoch_days integer not null default 20,
  batch_time interval not null default '2 seconds',
  source_window_days integer not null default 90,
  source_min_days integer not null default 30,
  source_deviations numeric not null default 6,
  source_hole_periods integer not null default 1,
  source_hole_farms integer not null default 5,
  source_flip_rows integer not null default 5,
  source_flip_share numeric not null default 0.5,
  source_payment_tolerance numeric not null default 0.01,
  source_unequal_share numeric not null default 0.02,
  source_repeat_share numeric not null default 0.05,
  source_repeat_copies integer not null default 4,
  source_repeat_rows integer not null default 10,
  source_copy_rows integer not null default 10,
  source_round_mwh numeric not null default 100,
  source_round_gbp numeric not null default 10000,
  source_capacity_margin numeric not null default 1.05,
  source_shrink_share numeric not null default 0.1,
  source_silent_days integer not null default 14,
  source_btc_tolerance numeric not null default 0.000001,
  replica_triggers boolean not null default false,
  fuse_window interval not null default '1 day',
  keep_history interval not null default '90 days',
  constraint settings_pkey primary key (only_row),
  constraint settings_has_one_row check (only_row),
  constraint max_attempts_is_positive check (max_attempts > 0),
  constraint retry_after_is_positive check (retry_after > '0'),
  constraint lock_timeout_is_1ms_to_1h check (lock_timeout between '1 millisecond' and '1 hour'),
  constraint critical_mwh_is_not_negative
    check (critical_mwh >= 0 and critical_mwh < 'Infinity'),
  constraint fuse_share_is_a_share check (fuse_share > 0 and fuse_share <= 1),
  constraint fuse_days_is_positive check (fuse_days > 0),
  constraint fuse_sample_days_is_positive check (fuse_sample_days > 0),
  constraint difficulty_policy_is_known check (difficulty_policy in ('warn', 'strict')),
  constraint difficulty_max_step_is_more_than_1
    check (difficulty_max_step > 1 and difficulty_max_step <= 1000),
  constraint difficulty_min_epoch_days_is_positive check (difficulty_min_epoch_days > 0),
  constraint difficulty_max_epoch_days_is_not_below_min
    check (difficulty_max_epoch_days >= difficulty_min_epoch_days),
  constraint batch_time_is_positive check (batch_time > '0'),
  constraint source_window_days_is_7_to_1000 check (source_window_days between 7 and 1000),
  constraint source_min_days_is_positive check (source_min_days > 0),
  constraint source_deviations_is_positive
    check (source_deviations > 0 and source_deviations < 'Infinity'),
  constraint source_hole_periods_is_positive check (source_hole_periods > 0),
  constraint source_hole_farms_is_positive check (source_hole_farms > 0),
  constraint source_flip_rows_is_positive check (source_flip_rows > 0),
  constraint source_flip_share_is_a_share
    check (source_flip_share > 0 and source_flip_share <= 1),
  constraint source_payment_tolerance_is_a_share
    check (source_payment_tolerance >= 0 and source_payment_tolerance <= 1),
  constraint source_unequal_share_is_a_share
    check (source_unequal_share > 0 and source_unequal_share <= 1),
  constraint source_repeat_share_is_a_share
    check (source_repeat_share > 0 and source_repeat_share <= 1),
  constraint source_repeat_copies_is_positive check (source_repeat_copies > 0),
  constraint source_repeat_rows_is_positive check (source_repeat_rows > 0),
  constraint source_copy_rows_is_positive check (source_copy_rows > 0),
  constraint source_round_mwh_is_positive
    check (source_round_mwh > 0 and source_round_mwh < 'Infinity'),
  constraint source_round_gbp_is_positive
    check (source_round_gbp > 0 and source_round_gbp < 'Infinity'),
  constraint source_capacity_margin_is_1_to_10
    check (source_capacity_margin between 1 and 10),
  constraint source_shrink_share_is_a_share
    check (source_shrink_share > 0 and source_shrink_share <= 1),
  constraint source_silent_days_is_positive check (source_silent_days > 0),
  constraint source_btc_tolerance_is_a_share
    check (source_btc_tolerance >= 0 and source_btc_tolerance <= 1),
  constraint fuse_window_is_up_to_a_year check (fuse_window > '0' and fuse_window <= '1 year'),
  constraint max_attempts_is_at_most_100 check (max_attempts <= 100),
  constraint retry_after_is_at_most_30_days check (retry_after <= '30 days'),
  constraint batch_time_is_at_most_1_hour check (batch_time <= '1 hour'),
  constraint fuse_days_is_at_most_10000 check (fuse_days <= 10000),
  constraint fuse_sample_days_is_at_most_10000 check (fuse_sample_days <= 10000),
  constraint difficulty_max_epoch_days_is_at_most_1000
    check (difficulty_max_epoch_days <= 1000),
  constraint source_min_days_is_at_most_1000 check (source_min_days <= 1000),
  constraint source_silent_days_is_at_most_1000 check (source_silent_days <= 1000),
  constraint source_deviations_is_at_most_1000 check (source_deviations <= 1000),
  constraint paused_reason_is_not_empty check (btrim(paused_reason) <> ''),
  constraint keep_history_is_up_to_1000_years
    check (keep_history >= '0' and keep_history <= '1000 years')
);

comment on table recon.settings is 'The kit''s settings: one row, a column each.';
comment on column recon.settings.only_row is 'True; there is one row.';
comment on column recon.settings.max_attempts is
  'Failures in a row after which a day waits for a person.';
comment on column recon.settings.retry_after is
  'Wait after the first failure of a day; doubled at each further one.';
comment on column recon.settings.lock_timeout is 'Longest wait for a lock on a row or table.';
comment on column recon.settings.critical_mwh is
  'MWh above which recon.fix_critical sees to a day that is not complete.';
comment on column recon.settings.fuse_share is
  'Share of all reconciled calculations: a run that would change or delete more of them stops '
  'before it writes.';
comment on column recon.settings.fuse_days is
  'Days that must be so affected for a run to be stopped.';
comment on column recon.settings.fuse_sample_days is
  'Days that are compared to estimate the share, where more are pending.';
comment on column recon.settings.paused_reason is 'Why runs are paused; null = they are not.';
comment on column recon.settings.difficulty_policy is
  'What is done with a suspect difficulty until a person accepts it: warn = it is used; strict = '
  'its date is blocked.';
comment on column recon.settings.difficulty_max_step is
  'Largest factor between two epochs, up or down; the protocol allows 4.';
comment on column recon.settings.difficulty_min_epoch_days is
  'An epoch of fewer days is suspect, since 2016.';
comment on column recon.settings.difficulty_max_epoch_days is
  'An epoch of more days is suspect, since 2016.';
comment on column recon.settings.batch_time is
  'Time a batch aims at: it ends when one more day would take it further from that.';
comment on column recon.settings.source_window_days is
  'Days of history that a day of the source is compared with.';
comment on column recon.settings.source_min_days is
  'Days with records that there must be among them before they are used.';
comment on column recon.settings.source_deviations is
  'Robust standard deviations (1.4826 times the median deviation) beyond which a value is odd.';
comment on column recon.settings.source_hole_periods is
  'Half hours without a row, between busy ones, from which on they are missing.';
comment on column recon.settings.source_hole_farms is
  'Farms held down on both sides of a hole that make it one, at least; and half of what is usual.';
comment on column recon.settings.source_flip_rows is
  'Rows of the other sign in a block of periods that are more than a few.';
comment on column recon.settings.source_flip_share is
  'Share of the rows of a period with the other sign that makes it a period of the other sign.';
comment on column recon.settings.source_payment_tolerance is
  'Share by which a payment may differ from volume x price.';
comment on column recon.settings.source_unequal_share is
  'Share of the rows of a day with another payment that is odd.';
comment on column recon.settings.source_repeat_share is
  'Share of the rows of a day that repeat others from which on they were ingested again.';
comment on column recon.settings.source_repeat_copies is
  'How often one row must be there to have been ingested again.';
comment on column recon.settings.source_repeat_rows is
  'Rows of a day that repeat others from which on they were ingested again.';
comment on column recon.settings.source_copy_rows is
  'Rows that a day or period must have for an equal one to be a copy.';
comment on column recon.settings.source_round_mwh is
  'MWh: a day whose energy is a multiple of it is odd.';
comment on column recon.settings.source_round_gbp is
  'GBP: a day whose payments are a multiple of it is odd.';
comment on column recon.settings.source_capacity_margin is
  'Factor by which a farm may exceed its capacity in a half hour.';
comment on column recon.settings.source_shrink_share is
  'Share of its rows that a day may lose in a reload.';
comment on column recon.settings.source_silent_days is
  'Busy days without a row after which a farm that is usually there is silent.';
comment on column recon.settings.source_btc_tolerance is
  'Share by which BTC per MWh may differ from the rate of the day.';
comment on column recon.settings.replica_triggers is
  'Whether rows that replication brings are noticed even where no subscription is found; they '
  'are where one is.';
comment on column recon.settings.fuse_window is
  'Time over which the fuse adds up what runs, however small, change and delete.';
comment on column recon.settings.keep_history is
  'How long runs, repairs, refusals, syncs and events are kept that nothing waits for.';

insert into recon.settings (only_row) values (true);

create table recon.locks (
  lock_name text not null,
  place integer not null,
  advisory_key integer,
  purpose text not null,
  constraint locks_pkey primary key (lock_name),
  constraint place_is_taken_once unique (place),
  constraint advisory_key_is_taken_once unique (advisory_key)
);

comment on table recon.locks is
  'The register of all locks of the kit, in the order in which they are taken: whoever needs two '
  'takes the one of the lower place first, so that nobody waits in a circle.';
comment on column recon.locks.lock_name is 'What is locked.';
comment on column recon.locks.place is 'Its place in the order.';
comment on column recon.locks.advisory_key is
  'The second number of its advisory lock, the first being 1919247215 ("reco"); null where the '
  'lock is this row, or for days their row of recon.day_locks.';
comment on column recon.locks.purpose is 'Who takes turns, and for how long.';

-- Those of deploys and adoptions are needed before there is a row to lock; that of posts is held
-- by a session from one transaction to the next.
insert into recon.locks (lock_name, place, advisory_key, purpose)
values
  ('adoption', 1, -2147483643, 'Adoptions, from beginning to end.'),
  ('deploy', 2, -2147483647, 'Deploys, to the end of the transaction.'),
  (
    'day', 3, null,
    'Whoever repairs a date or decides about it, to the end of the transaction: a row of '
    'recon.day_locks each. Runs never wait for it.'
  ),
  (
    'inspection', 4, null,
    'Inspections of the source, and decisions about what they found, to the end of the transaction.'
  ),
  (
    'difficulties', 5, null,
    'Whoever writes a difficulty, a decision about one, or the settings that judge them, to the '
    'end of the transaction. Their tables are locked before it.'
  ),
  ('summaries', 6, null, 'Refreshes of months and years, to the end of the transaction.'),
  ('alerts', 7, null, 'Whoever tells which alerts have changed, to the end of the transaction.'),
  ('posts', 8, -2147483645, 'Senders of posts to a webhook, while they send.');

create table recon.day_locks (
  day_no integer not null,
  constraint day_locks_pkey primary key (day_no)
);

comment on table recon.day_locks is
  'A row for each date to be locked by who repairs it or decides about it. Nothing is ever written '
  'to it.';
comment on column recon.day_locks.day_no is
  'Days since 2000-01-01, modulo 36525: a hundred years.';

insert into recon.day_locks (day_no) select generate_series(0, 36524);

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

create table recon.alert_limits (
  name text not null,
  unit text not null,
  warning_at numeric,
  critical_at numeric,
  constraint alert_limits_pkey primary key (name),
  constraint warning_at_is_positive check (warning_at > 0 and warning_at < 'Infinity'),
  constraint critical_at_is_positive check (critical_at > 0 and critical_at < 'Infinity'),
  constraint warning_at_is_not_above_critical_at check (warning_at <= critical_at),
  constraint unit_is_known check (unit in ('seconds', 'days', 'times', 'gaps')),
  constraint warning_at_is_at_most_1e9 check (warning_at <= 1e9),
  constraint critical_at_is_at_most_1e9 check (critical_at <= 1e9)
);

comment on table recon.alert_limits is
  'The limits of recon.alerts: a row each, changed by recon.set_alert_limit.';
comment on column recon.alert_limits.name is 'The alert.';
comment on column recon.alert_limits.unit is
  'seconds (an age), days (a count), or times (what is usual).';
comment on column recon.alert_limits.warning_at is 'Value it is a warning from; null = never.';
comment on column recon.alert_limits.critical_at is 'Value it is critical from; null = never.';

insert into recon.alert_limits (name, unit, warning_at, critical_at)
values
  ('capture_gaps', 'gaps', 1, 1),
  ('oldest_pending', 'seconds', 3600, 86400),
  ('backlog', 'times', 10, 100),
  ('failed_days', 'days', 1, 7),
  ('blocked_days', 'days', 1, 7),
  ('skipped_days', 'days', 1, null),
  ('missing_difficulty', 'days', 1, 7),
  ('suspect_difficulty', 'days', 1, null),
  ('source_issues', 'days', 1, null),
  ('last_run', 'seconds', 7200, 86400),
  ('last_verification', 'seconds', 172800, 604800),
  ('unsent_post', 'seconds', 900, 21600),
  ('source_silence', 'times', 2, 5),
  ('storage', 'times', 1, 3);

create table recon.events (
  event_id bigint generated always as identity,
  happened_at timestamptz not null,
  kind text not null,
  severity text not null,
  run_id bigint,
  settlement_date date,
  message text not null,
  details jsonb not null default '{}',
  post_id bigint,
  posted_at timestamptz,
  constraint events_pkey primary key (event_id),
  constraint severity_is_known check (severity in ('note', 'warning', 'critical')),
  constraint only_what_is_in_a_post_is_posted check (post_id is not null or posted_at is null),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01'),
  constraint kind_is_known check (
    kind in (
      'run_started',
      'run_finished',
      'run_stopped',
      'day_blocked',
      'day_failed',
      'difficulty_refused',
      'difficulty_suspect',
      'tampering_seen',
      'alert_raised',
      'alert_cleared',
      'weekly_analysis',
      'source_issue'
    )
  )
);

create index events_by_time on recon.events (happened_at);
create index events_in_hand on recon.events (post_id)
where post_id is not null and posted_at is null;

comment on table recon.events is
  'What happened that somebody may want to be told: a row each, and a NOTIFY recon_events. '
  'Pruned with the history.';
comment on column recon.events.event_id is 'Number of the event.';
comment on column recon.events.happened_at is 'When.';
comment on column recon.events.kind is 'What it is about.';
comment on column recon.events.severity is 'critical, warning or note.';
comment on column recon.events.run_id is 'The run it is about, if any.';
comment on column recon.events.settlement_date is 'The date it is about, if one.';
comment on column recon.events.message is 'The event in a sentence.';
comment on column recon.events.details is 'Its figures.';
comment on column recon.events.post_id is
  'The post to a webhook that it was put into: the number of its first event. A post that is '
  'sent again has the same number.';
comment on column recon.events.posted_at is 'When the webhook had taken it.';

create table recon.ignored_writes (
  write_id bigint generated always as identity,
  table_name text not null,
  command text not null,
  ignored_rows bigint not null,
  role_name text not null,
  application_name text not null,
  written_at timestamptz not null default now(),
  constraint ignored_writes_pkey primary key (write_id)
);

comment on table recon.ignored_writes is
  'A row per statement that wrote to a table whose writes are ignored, and changed nothing there '
  '(recon.ignore_writes).';
comment on column recon.ignored_writes.write_id is 'Row number; no order may be read into it.';
comment on column recon.ignored_writes.table_name is 'Name of the table, in public.';
comment on column recon.ignored_writes.command is 'INSERT, UPDATE or DELETE.';
comment on column recon.ignored_writes.ignored_rows is
  'Rows that it would have inserted, updated or deleted.';
comment on column recon.ignored_writes.role_name is 'The role that was signed in.';
comment on column recon.ignored_writes.application_name is 'What its session calls itself.';
comment on column recon.ignored_writes.written_at is 'Start of its transaction.';
