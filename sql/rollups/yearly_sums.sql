create materialized view if not exists recon.yearly_sums as
table recon.yearly_sums_def
with no data;

create unique index if not exists yearly_sums_key
  on recon.yearly_sums (year, miner_model);

comment on materialized view recon.yearly_sums is
  'Sum of recon.daily_sums per year and miner model, as of the end of the last run.';
comment on column recon.yearly_sums.year is 'Year, as 2025.';
comment on column recon.yearly_sums.miner_model is 'Miner model.';
comment on column recon.yearly_sums.bitcoin_mined is 'BTC.';
comment on column recon.yearly_sums.calculations is 'Cells summed.';
comment on column recon.yearly_sums.days is 'Days with calculations.';
