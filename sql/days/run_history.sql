create or replace view recon.run_history as
select
  r.run_id,
  r.started_at,
  r.finished_at,
  r.outcome,
  r.from_date,
  r.to_date,
  r.order_by,
  r.force,
  r.started_by,
  r.reason,
  t.planned_days,
  t.left_days,
  t.fully_reconciled_days,
  t.fixed_days,
  t.partially_fixed_days,
  t.blocked_days,
  t.failed_days,
  t.no_data_days,
  t.missing,
  t.stale,
  t.wrong,
  t.orphan,
  t.last_day_at,
  t.cells,
  r.unnoticed
from recon.runs r
cross join lateral (
  select
    count(*) as planned_days,
    count(*) filter (where d.result is null) as left_days,
    count(*) filter (where d.result = 'fully_reconciled') as fully_reconciled_days,
    count(*) filter (where d.result = 'fixed') as fixed_days,
    count(*) filter (where d.result = 'partially_fixed') as partially_fixed_days,
    count(*) filter (where d.result = 'blocked') as blocked_days,
    count(*) filter (where d.result = 'failed') as failed_days,
    count(*) filter (where d.result = 'no_data') as no_data_days,
    coalesce(sum(d.missing), 0) as missing,
    coalesce(sum(d.stale), 0) as stale,
    coalesce(sum(d.wrong), 0) as wrong,
    coalesce(sum(d.orphan), 0) as orphan,
    max(d.finished_at) as last_day_at,
    coalesce(sum(d.cells), 0) as cells
  from recon.day_results d
  where d.run_id = r.run_id
) t;

comment on view recon.run_history is
  'The runs, with their days counted by recon.day_results, and their cells.';
comment on column recon.run_history.run_id is 'Number of the run.';
comment on column recon.run_history.started_at is 'When it was planned.';
comment on column recon.run_history.finished_at is 'Null while it runs, or where it was killed.';
comment on column recon.run_history.outcome is 'complete, incomplete or stopped.';
comment on column recon.run_history.from_date is 'First date asked for.';
comment on column recon.run_history.to_date is 'Last date asked for.';
comment on column recon.run_history.order_by is 'Order of work.';
comment on column recon.run_history.force is 'Whether days not pending were looked at too.';
comment on column recon.run_history.started_by is 'The role that started it.';
comment on column recon.run_history.reason is 'What it would have done, where it was stopped.';
comment on column recon.run_history.planned_days is 'Days it set out to do.';
comment on column recon.run_history.left_days is 'Days it has not reached.';
comment on column recon.run_history.fully_reconciled_days is 'Days whose cells were all right.';
comment on column recon.run_history.fixed_days is 'Days whose cells all are right now.';
comment on column recon.run_history.partially_fixed_days is
  'Days blocked or failed, some cells of which were repaired.';
comment on column recon.run_history.blocked_days is 'Days blocked.';
comment on column recon.run_history.failed_days is 'Days failed.';
comment on column recon.run_history.no_data_days is 'Days without any row in the source.';
comment on column recon.run_history.missing is 'Cells inserted.';
comment on column recon.run_history.stale is 'Cells updated, for their difficulty.';
comment on column recon.run_history.wrong is 'Cells updated, for their value.';
comment on column recon.run_history.orphan is 'Cells deleted.';
comment on column recon.run_history.last_day_at is 'When the last of its days was done.';
comment on column recon.run_history.cells is 'Cells repaired, of every kind.';
comment on column recon.run_history.unnoticed is
  'In how many ways changes could pass unnoticed at its end.';
