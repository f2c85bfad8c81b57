create or replace view recon.day_results as
select
  d.run_id,
  d.settlement_date,
  recon.day_result(d.outcome, c.cells, d.source_rows) as result,
  d.reason,
  d.sqlstate,
  d.source_rows,
  d.missing,
  d.stale,
  d.wrong,
  d.orphan,
  d.setbacks,
  d.finished_at,
  d.duration,
  c.cells
from recon.run_days d
cross join lateral (select d.missing + d.stale + d.wrong + d.orphan as cells) c;

comment on view recon.day_results is 'What each run did to each of its days, in a word.';
comment on column recon.day_results.run_id is 'The run.';
comment on column recon.day_results.settlement_date is 'Settlement date.';
comment on column recon.day_results.result is
  'fully_reconciled: every cell was right; fixed: it is now; partially_fixed: some cells were '
  'repaired, the day is blocked or has failed; blocked; failed; no_data: the source has no row; '
  'null: not reached.';
comment on column recon.day_results.reason is 'Why it was blocked or failed.';
comment on column recon.day_results.sqlstate is 'The error code of a failure.';
comment on column recon.day_results.source_rows is 'Rows in curtailment_records.';
comment on column recon.day_results.missing is 'Cells inserted.';
comment on column recon.day_results.stale is 'Cells updated, for their difficulty.';
comment on column recon.day_results.wrong is 'Cells updated, for their value.';
comment on column recon.day_results.orphan is 'Cells deleted.';
comment on column recon.day_results.setbacks is 'Attempts undone by a passing error.';
comment on column recon.day_results.finished_at is 'When it was done.';
comment on column recon.day_results.duration is 'How long it took.';
comment on column recon.day_results.cells is 'Cells repaired, of every kind.';
