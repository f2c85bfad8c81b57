-- depends: 0002.rates
-- The two tables everything rests on: what has changed, and where each day stands. And what the
-- capture of changes has seen of the platform's tables.

create table recon.changes (
  settlement_date date not null,
  change_id bigint generated always as identity,
  reason text not null,
  changed_at timestamptz not null default now(),
  miner_model text,
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
  ),
  constraint miner_model_is_for_a_change_of_one check (
    miner_model is null or reason = 'miner_model'
  ),
  constraint settlement_date_is_2009_to_2100
  check (
    settlement_date = '-infinity'
    or settlement_date between '2009-01-03' and '2100-01-01'
  )
) with (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 10000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 100000,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 10000
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
comment on column recon.changes.miner_model is
  'The miner model that was added, changed or removed; null = every model is concerned.';

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
  constraint only_failures_are_retried check ((outcome = 'failed') = (next_attempt_at is not null)),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01')
) with (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 500
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

create table recon.known_partitions (
  relation_name text not null,
  table_name text not null,
  constraint known_partitions_pkey primary key (relation_name, table_name)
);

comment on table recon.known_partitions is
  'The partitions and children that the kit has seen of the tables it watches: one that has come '
  'or gone since brought or took its records without a trigger.';
comment on column recon.known_partitions.relation_name is
  'The partition or child, with its schema.';
comment on column recon.known_partitions.table_name is 'The table that it is a part of.';

create table recon.known_checks (
  constraint_name text not null,
  constraint known_checks_pkey primary key (constraint_name)
);

comment on table recon.known_checks is
  'The checks of recon.calculation_checks that a deploy has found in place: a platform''s table '
  'need not have them, and does not lose them unnoticed.';
comment on column recon.known_checks.constraint_name is 'Name of the constraint.';
