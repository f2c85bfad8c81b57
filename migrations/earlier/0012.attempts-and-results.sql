-- depends: 0011.difficulty-checks
-- squawk-ignore-file ban-drop-function, ban-drop-view
-- A batch ends by the clock; a day that met a passing error is set back and tried again; what a
-- run did to each day has a word. What is dropped here is code: the deploy puts its successors in
-- place.

alter table recon.settings
  add column batch_time interval not null default '2 seconds'
    constraint batch_time_is_positive check (batch_time > '0');

comment on column recon.settings.batch_time is
  'Time a batch aims at: it ends when one more day would take it further from that.';

alter table recon.run_days
  add column setbacks integer not null default 0
    constraint setbacks_is_not_negative check (setbacks >= 0),
  add column source_rows integer;

comment on column recon.run_days.setbacks is
  'Attempts undone by a passing error, such as a deadlock; at the third the day has failed.';
comment on column recon.run_days.source_rows is
  'Rows in curtailment_records; null where it was not counted.';

drop view if exists recon.run_history;
drop function if exists recon.attempt_day(date, bigint);
drop function if exists recon.reconcile_batch(bigint, integer);
