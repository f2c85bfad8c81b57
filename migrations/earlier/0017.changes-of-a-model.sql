-- depends: 0016.source-issues
-- squawk-ignore-file constraint-missing-not-valid, ban-drop-function
-- Which miner model a change concerns, so that a new one is worked out for itself. What is dropped
-- here is code: the deploy puts its successors in place.

alter table recon.changes
  add column miner_model text,
  add constraint miner_model_is_for_a_change_of_one check (
    miner_model is null or reason = 'miner_model'
  );

comment on column recon.changes.miner_model is
  'The miner model that was added, changed or removed; null = every model is concerned.';

drop trigger if exists record_change on recon.miner_models;
drop function if exists recon.insert_cells(date);
drop function if exists recon.rates_fingerprint(date);
drop function if exists recon.write_daily_summaries(date, recon.model_sum[]);
