create or replace view recon.day_status as
select
  settlement_date,
  case
    when d.outcome in ('failed', 'skipped') then d.outcome
    when p.settlement_date is not null then 'pending'
    when d.outcome = 'reconciled' and d.source_rows = 0 then 'no_data'
    else d.outcome
  end as state,
  d.reason,
  d.sqlstate,
  p.pending_since,
  d.source_rows,
  trim_scale(d.curtailed_mwh) as curtailed_mwh,
  d.calculations,
  d.invalid_cells,
  d.attempts,
  d.next_attempt_at,
  d.run_id,
  d.reconciled_at,
  case when d.verified_at >= d.reconciled_at then d.verified_at end as verified_at
from recon.days d
full join recon.pending_days p using (settlement_date);

comment on view recon.day_status is 'Where each day stands now.';
comment on column recon.day_status.settlement_date is 'Settlement date.';
comment on column recon.day_status.state is
  'pending, reconciled, blocked, failed, skipped, or no_data where the source has no row.';
comment on column recon.day_status.reason is 'Why it was blocked, failed or skipped.';
comment on column recon.day_status.sqlstate is 'The error code of a failure.';
comment on column recon.day_status.pending_since is 'When the first change not seen to was made.';
comment on column recon.day_status.source_rows is 'Rows in curtailment_records, at the last run.';
comment on column recon.day_status.curtailed_mwh is 'MWh, at the last run.';
comment on column recon.day_status.calculations is 'Stored calculations, at the last run.';
comment on column recon.day_status.invalid_cells is 'Cells with invalid source, at the last run.';
comment on column recon.day_status.attempts is 'Failures in a row.';
comment on column recon.day_status.next_attempt_at is 'When a failed day is tried again.';
comment on column recon.day_status.run_id is 'The run that last saw to it.';
comment on column recon.day_status.verified_at is
  'When it was proven, cell by cell, since it was last reconciled; null = it was not.';
comment on column recon.day_status.reconciled_at is 'When it was last reconciled or blocked.';
