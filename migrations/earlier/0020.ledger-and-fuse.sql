-- depends: 0019.capture
-- squawk-ignore-file ban-drop-function, require-concurrent-index-creation
-- What a comparison has found travels as a value to the statements that write. What is dropped here
-- is code: the deploy puts its successors in place.

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

drop function if exists recon.repair_cells(date, integer, text, bigint);

-- The fuse counts what runs change and delete, and a confirmation covers what it showed.
create type recon.damage as (settlement_date date, stale numeric, wrong numeric, orphan numeric);

comment on type recon.damage is
  'Calculations of a date that stood reconciled, and were or would be changed (stale, wrong) or '
  'deleted (orphan).';

alter table recon.settings
  add column fuse_window interval not null default '1 day'
    constraint fuse_window_is_up_to_a_year check (fuse_window > '0' and fuse_window <= '1 year');

comment on column recon.settings.fuse_window is
  'Time over which the fuse adds up what runs, however small, change and delete.';

alter table recon.runs
  add column calculations_before bigint,
  add column stopped_at timestamptz,
  add column stopped_stale numeric,
  add column stopped_wrong numeric,
  add column stopped_orphan numeric,
  add column stopped_dates datemultirange;

create index runs_confirmed on recon.runs (confirmed_at) where confirmed_at is not null;

comment on column recon.runs.outcome is
  'complete: no day of its range is left, blocked or failed; incomplete otherwise; stopped: the '
  'fuse blew, before it wrote anything or before the day that would have passed the limit.';
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

alter table recon.run_days
  add column calculations_before integer,
  add column damaged_at timestamptz;

create index run_days_with_damage on recon.run_days (damaged_at) where damaged_at is not null;

comment on column recon.run_days.calculations_before is
  'Calculations that stood reconciled when the run came to change or delete some of them; null = '
  'it did not, or the day had never been reconciled.';
comment on column recon.run_days.damaged_at is
  'When it changed or deleted some of them; the fuse adds up those of settings.fuse_window.';

drop function if exists recon.fuse_evidence(date, date, boolean);
