create materialized view if not exists public.bitcoin_monthly_summaries as
table recon.bitcoin_monthly_summaries_def
with no data;

create unique index if not exists bitcoin_monthly_summaries_key
  on public.bitcoin_monthly_summaries (year_month, miner_model);

comment on materialized view public.bitcoin_monthly_summaries is
  'Sum of bitcoin_daily_summaries per month and miner model, as of the end of the last run.';
comment on column public.bitcoin_monthly_summaries.year_month is 'Month, as 2025-03.';
comment on column public.bitcoin_monthly_summaries.miner_model is 'Miner model.';
comment on column public.bitcoin_monthly_summaries.bitcoin_mined is 'BTC.';
comment on column public.bitcoin_monthly_summaries.calculations is 'Cells summed.';
comment on column public.bitcoin_monthly_summaries.days is 'Days with calculations.';
