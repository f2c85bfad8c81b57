create materialized view if not exists public.bitcoin_yearly_summaries as
table recon.bitcoin_yearly_summaries_def
with no data;

create unique index if not exists bitcoin_yearly_summaries_key
  on public.bitcoin_yearly_summaries (year, miner_model);

comment on materialized view public.bitcoin_yearly_summaries is
  'Sum of bitcoin_daily_summaries per year and miner model, as of the end of the last run.';
comment on column public.bitcoin_yearly_summaries.year is 'Year, as 2025.';
comment on column public.bitcoin_yearly_summaries.miner_model is 'Miner model.';
comment on column public.bitcoin_yearly_summaries.bitcoin_mined is 'BTC.';
comment on column public.bitcoin_yearly_summaries.calculations is 'Cells summed.';
comment on column public.bitcoin_yearly_summaries.days is 'Days with calculations.';
