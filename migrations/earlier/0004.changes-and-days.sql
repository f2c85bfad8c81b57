-- depends: 0003.daily-summaries
-- The two tables everything rests on: what has changed, and where each day stands.

create table recon.changes (
  settlement_date date not null,
  change_id bigint generated always as identity,
  reason text not null,
  changed_at timestamptz not null default now(),
  constraint changes_pkey primary key (settlement_date, change_id),
  constraint reason_is_known check (
    reason in (
      'source',
      'difficulty',
      'miner_model',
      'block_reward',
      'calculation',
      'summary',
      'verification',
      'installed'
    )
  )
);

comment on table recon.changes is
  'Append-only log of what has to be looked at again: a row per statement and date. A date is '
  'pending when it has rows here, and only then.';
comment on column recon.changes.settlement_date is
  'The date affected; -infinity stands for every date (a miner model, a block reward, a truncate).';
comment on column recon.changes.change_id is
  'Row number. Rows are consumed by key, never up to a number: a late commit carries a low one.';
comment on column recon.changes.reason is 'What was changed.';
comment on column recon.changes.changed_at is 'Start of the transaction that changed it.';

-- The rows that were there before the kit came are looked at in the first run.
insert into recon.changes (settlement_date, reason) values ('-infinity', 'installed');

create table recon.days (
  settlement_date date not null,
  outcome text not null,
  reason text,
  sqlstate text,
  source_rows integer not null default 0,
  curtailed_mwh numeric not null default 0,
  calculations integer not null default 0,
  invalid_cells integer not null default 0,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  run_id bigint,
  reconciled_at timestamptz,
  source_fingerprint numeric,
  derived_fingerprint numeric,
  verified_at timestamptz,
  constraint days_pkey primary key (settlement_date),
  constraint outcome_is_known check (outcome in ('reconciled', 'blocked', 'failed', 'skipped')),
  constraint outcome_has_its_reason check ((outcome = 'reconciled') = (reason is null)),
  constraint only_failures_have_a_sqlstate check ((outcome = 'failed') = (sqlstate is not null)),
  constraint only_failures_are_retried check ((outcome = 'failed') = (next_attempt_at is not null))
);

create index days_with_problems on recon.days (settlement_date) where outcome <> 'reconciled';

comment on table recon.days is
  'Where each settlement date stands after its last reconciliation.';
comment on column recon.days.settlement_date is 'Settlement date (Europe/London).';
comment on column recon.days.outcome is
  'reconciled; blocked = something is missing, such as its difficulty; failed = an error, '
  'retried; skipped = a person decided to leave it.';
comment on column recon.days.reason is 'Why it is blocked, failed or skipped.';
comment on column recon.days.sqlstate is 'The error code of a failure.';
comment on column recon.days.source_rows is 'Rows in curtailment_records.';
comment on column recon.days.curtailed_mwh is 'MWh, of valid source.';
comment on column recon.days.calculations is 'Rows in historical_bitcoin_calculations.';
comment on column recon.days.invalid_cells is
  'Cells whose source cannot be right; they are listed by recon.gaps and left alone.';
comment on column recon.days.attempts is 'Failures in a row.';
comment on column recon.days.next_attempt_at is
  'When a failed day is tried again; infinity once it waits for a person.';
comment on column recon.days.run_id is 'The run of the last reconciliation.';
comment on column recon.days.reconciled_at is 'When it was last reconciled or blocked.';
comment on column recon.days.source_fingerprint is
  'Sum of the hashes of its energy and rates, as they were then.';
comment on column recon.days.derived_fingerprint is
  'Sum of the hashes of its stored calculations, as they were then.';
comment on column recon.days.verified_at is 'When it was last proven right, cell by cell.';

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
  constraint settings_pkey primary key (only_row),
  constraint settings_has_one_row check (only_row),
  constraint max_attempts_is_positive check (max_attempts > 0),
  constraint retry_after_is_positive check (retry_after > '0'),
  constraint lock_timeout_is_1ms_to_1h check (lock_timeout between '1 millisecond' and '1 hour'),
  constraint critical_mwh_is_not_negative
    check (critical_mwh >= 0 and critical_mwh < 'Infinity'),
  constraint fuse_share_is_a_share check (fuse_share > 0 and fuse_share <= 1),
  constraint fuse_days_is_positive check (fuse_days > 0),
  constraint fuse_sample_days_is_positive check (fuse_sample_days > 0)
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

insert into recon.settings (only_row) values (true);
