create or replace view recon.bitcoin_monthly_summaries_def as
select
  to_char(b.summary_date, 'YYYY-MM') as year_month,
  b.miner_model,
  sum(b.bitcoin_mined) as bitcoin_mined,
  sum(b.calculations) as calculations,
  count(*) as days
from public.bitcoin_daily_summaries b
group by to_char(b.summary_date, 'YYYY-MM'), b.miner_model;

comment on view recon.bitcoin_monthly_summaries_def is
  'What bitcoin_monthly_summaries holds after its next refresh.';
comment on column recon.bitcoin_monthly_summaries_def.year_month is 'Month, as 2025-03.';
comment on column recon.bitcoin_monthly_summaries_def.miner_model is 'Miner model.';
comment on column recon.bitcoin_monthly_summaries_def.bitcoin_mined is 'BTC.';
comment on column recon.bitcoin_monthly_summaries_def.calculations is 'Cells summed.';
comment on column recon.bitcoin_monthly_summaries_def.days is 'Days with calculations.';
