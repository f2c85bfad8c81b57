create materialized view if not exists recon.monthly_sums as
table recon.monthly_sums_def
with no data;

create unique index if not exists monthly_sums_key
  on recon.monthly_sums (year_month, miner_model);

comment on materialized view recon.monthly_sums is
  'Sum of recon.daily_sums per month and miner model, as of the end of the last run.';
comment on column recon.monthly_sums.year_month is 'Month, as 2025-03.';
comment on column recon.monthly_sums.miner_model is 'Miner model.';
comment on column recon.monthly_sums.bitcoin_mined is 'BTC.';
comment on column recon.monthly_sums.calculations is 'Cells summed.';
comment on column recon.monthly_sums.days is 'Days with calculations.';
