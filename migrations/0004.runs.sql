-- depends: 0003.changes-and-days
-- What was done: runs, the days of each, and the cells that were changed.

create table recon.runs (
  run_id bigint generated always as identity,
  started_at timestamptz not null,
  finished_at timestamptz,
  outcome text,
  from_date date,
  to_date date,
  order_by text not null,
  force boolean not null,
  started_by text not null default session_user,
  reason text,
  confirmed_at timestamptz,
  confirmed_by text,
  calculations_before bigint,
  stopped_at timestamptz,
  stopped_stale numeric,
  stopped_wrong numeric,
  stopped_orphan numeric,
  stopped_dates datemultirange,
  constraint runs_pkey primary key (run_id),
  constraint outcome_is_known check (outcome in ('complete', 'incomplete', 'stopped')),
  constraint finished_has_an_outcome check ((finished_at is null) = (outcome is null)),
  constraint only_stopped_runs_have_a_reason
    check ((outcome is not distinct from 'stopped') = (reason is not null)),
  constraint from_date_is_not_after_to_date check (from_date <= to_date),
  constraint from_date_is_2009_to_2100
    check (from_date between '2009-01-03' and '2100-01-01'),
  constraint to_date_is_2009_to_2100
    check (to_date between '2009-01-03' and '2100-01-01'),
  constraint order_by_is_known check (order_by in ('usual', 'recent', 'oldest', 'largest'))
);

create index runs_confirmed on recon.runs (confirmed_at) where confirmed_at is not null;

comment on table recon.runs is 'A row per run.';
comment on column recon.runs.run_id is 'Number of the run.';
comment on column recon.runs.started_at is 'When it was planned.';
comment on column recon.runs.finished_at is 'Null while it runs, and for ever if it was killed.';
comment on column recon.runs.outcome is
  'complete: no day of its range is left, blocked or failed; incomplete otherwise; stopped: the '
  'fuse blew, before it wrote anything or before the day that would have passed the limit.';
comment on column recon.runs.from_date is 'First date it was asked for; null = from the beginning.';
comment on column recon.runs.to_date is 'Last date it was asked for; null = to the end.';
comment on column recon.runs.order_by is
  'Which days came first: recent, oldest or largest; usual = those after the last stored '
  'calculation, oldest first, then the others, newest first.';
comment on column recon.runs.force is 'Whether days that were not pending were looked at too.';
comment on column recon.runs.started_by is 'The role that started it.';
comment on column recon.runs.reason is 'What it would have done, where it was stopped.';
comment on column recon.runs.confirmed_at is
  'When somebody confirmed that the next run may do what this one was stopped from.';
comment on column recon.runs.confirmed_by is 'The role that confirmed it.';
comment on column recon.runs.calculations_before is
  'Reconciled calculations when it began: the fuse measures by them.';
comment on column recon.runs.stopped_at is 'When the fuse stopped it.';
comment on column recon.runs.stopped_stale is
  'Stale cells that it was about to change then, as estimated and shown.';
comment on column recon.runs.stopped_wrong is
  'Wrong cells that it was about to change then, as estimated and shown.';
comment on column recon.runs.stopped_orphan is
  'Orphans that it was about to delete then, as estimated and shown.';
comment on column recon.runs.stopped_dates is
  'The dates that were affected then: a confirmation covers these cells on these dates.';

create table recon.run_days (
  run_id bigint not null,
  settlement_date date not null,
  position integer not null,
  outcome text,
  reason text,
  sqlstate text,
  missing integer not null default 0,
  stale integer not null default 0,
  wrong integer not null default 0,
  orphan integer not null default 0,
  finished_at timestamptz,
  duration interval,
  setbacks integer not null default 0,
  source_rows integer,
  calculations_before integer,
  damaged_at timestamptz,
  constraint run_days_pkey primary key (run_id, settlement_date),
  constraint run_is_known
    foreign key (run_id) references recon.runs (run_id) on delete cascade,
  constraint outcome_is_known
    check (outcome in ('reconciled', 'blocked', 'failed', 'already_done')),
  constraint finished_has_an_outcome check ((finished_at is null) = (outcome is null)),
  constraint setbacks_is_not_negative check (setbacks >= 0),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01')
);

create index run_days_to_do on recon.run_days (run_id, position) where outcome is null;
create index run_days_with_damage on recon.run_days (damaged_at) where damaged_at is not null;

comment on table recon.run_days is
  'The days a run set out to do, written when it begins, and what became of each.';
comment on column recon.run_days.run_id is 'The run.';
comment on column recon.run_days.settlement_date is 'Settlement date.';
comment on column recon.run_days.position is 'Its place in the order of work.';
comment on column recon.run_days.outcome is
  'Null = not reached; already_done = another run had seen to it.';
comment on column recon.run_days.reason is 'Why it was blocked or failed.';
comment on column recon.run_days.sqlstate is 'The error code of a failure.';
comment on column recon.run_days.missing is 'Cells inserted: they had no row.';
comment on column recon.run_days.stale is 'Cells updated: worked out with another difficulty.';
comment on column recon.run_days.wrong is 'Cells updated: same difficulty, another value.';
comment on column recon.run_days.orphan is 'Cells deleted: nothing in the source asks for them.';
comment on column recon.run_days.finished_at is 'When the day was done.';
comment on column recon.run_days.duration is 'How long it took.';
comment on column recon.run_days.setbacks is
  'Attempts undone by a passing error, such as a deadlock; at the third the day has failed.';
comment on column recon.run_days.source_rows is
  'Rows in curtailment_records; null where it was not counted.';
comment on column recon.run_days.calculations_before is
  'Calculations that stood reconciled when the run came to change or delete some of them; null = '
  'it did not, or the day had never been reconciled.';
comment on column recon.run_days.damaged_at is
  'When it changed or deleted some of them; the fuse adds up those of settings.fuse_window.';

create table recon.repairs (
  settlement_date date not null,
  repair_id bigint generated always as identity,
  run_id bigint not null,
  settlement_period integer not null,
  farm_id text not null,
  miner_model text not null,
  kind text not null,
  bitcoin_mined_before numeric not null,
  difficulty_before numeric not null,
  bitcoin_mined_after numeric,
  difficulty_after numeric,
  repaired_at timestamptz not null,
  constraint repairs_pkey primary key (settlement_date, repair_id),
  constraint kind_is_known check (kind in ('stale', 'wrong', 'orphan')),
  constraint only_orphans_have_no_after check ((kind = 'orphan') = (bitcoin_mined_after is null)),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01')
);

comment on table recon.repairs is
  'A row per cell that was updated or deleted, with the values before. Inserted cells are '
  'counted in run_days.';
comment on column recon.repairs.settlement_date is 'The cell: settlement date.';
comment on column recon.repairs.repair_id is 'Row number.';
comment on column recon.repairs.run_id is
  'The run that did it. No foreign key: a repair of millions of cells would pay for it by the row.';
comment on column recon.repairs.settlement_period is 'The cell: half hour of the day.';
comment on column recon.repairs.farm_id is 'The cell: BM unit.';
comment on column recon.repairs.miner_model is 'The cell: miner model.';
comment on column recon.repairs.kind is 'Why: stale, wrong or orphan.';
comment on column recon.repairs.bitcoin_mined_before is 'BTC, as found.';
comment on column recon.repairs.difficulty_before is 'Difficulty, as found.';
comment on column recon.repairs.bitcoin_mined_after is 'BTC, as written; null where deleted.';
comment on column recon.repairs.difficulty_after is 'Difficulty, as written; null where deleted.';
comment on column recon.repairs.repaired_at is 'When.';

create table recon.period_failures (
  settlement_date date not null,
  settlement_period integer not null,
  run_id bigint not null,
  attempts integer not null,
  sqlstate text not null,
  reason text not null,
  failed_at timestamptz not null,
  constraint period_failures_pkey primary key (settlement_date, settlement_period, run_id),
  constraint run_is_known
    foreign key (run_id) references recon.runs (run_id) on delete cascade,
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01')
);

comment on table recon.period_failures is
  'Half hours that recon.reconcile_critical could not repair and passed by.';
comment on column recon.period_failures.settlement_date is 'Settlement date.';
comment on column recon.period_failures.settlement_period is 'Half hour of the day.';
comment on column recon.period_failures.run_id is 'The run.';
comment on column recon.period_failures.attempts is 'How often it was tried.';
comment on column recon.period_failures.sqlstate is 'The error code of the last attempt.';
comment on column recon.period_failures.reason is 'The message of the last attempt.';
comment on column recon.period_failures.failed_at is 'When it was given up.';

-- What a comparison has found travels as a value to the statements that write.
create type recon.gap as (
  settlement_period integer,
  farm_id text,
  miner_model text,
  kind text,
  expected_btc numeric,
  expected_difficulty numeric,
  stored_btc numeric,
  stored_difficulty numeric
);

comment on type recon.gap is
  'A cell of a date whose stored calculation is not the expected one: its kind (missing, stale, '
  'wrong, orphan), and BTC and difficulty as they should be and as they are.';

create type recon.damage as (settlement_date date, stale numeric, wrong numeric, orphan numeric);

comment on type recon.damage is
  'Calculations of a date that stood reconciled, and were or would be changed (stale, wrong) or '
  'deleted (orphan).';
