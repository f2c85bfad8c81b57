-- Grouped by a timestamp without time zone, and named for the few groups only: to_char for each day
-- takes twice as long as all the rest.
create or replace view recon.monthly_sums_def as
select
  to_char(m.month, 'YYYY-MM') as year_month,
  m.miner_model,
  m.bitcoin_mined,
  m.calculations,
  m.days
from (
  select
    date_trunc('month', b.summary_date::timestamp) as month,
    b.miner_model,
    sum(b.bitcoin_mined) as bitcoin_mined,
    sum(b.calculations) as calculations,
    count(*) as days
  from recon.daily_sums b
  where recon.has_day(b.summary_date)
  group by date_trunc('month', b.summary_date::timestamp), b.miner_model
) m;

comment on view recon.monthly_sums_def is
  'What recon.monthly_sums holds after its next refresh.';
comment on column recon.monthly_sums_def.year_month is 'Month, as 2025-03.';
comment on column recon.monthly_sums_def.miner_model is 'Miner model.';
comment on column recon.monthly_sums_def.bitcoin_mined is 'BTC.';
comment on column recon.monthly_sums_def.calculations is 'Cells summed.';
comment on column recon.monthly_sums_def.days is 'Days with calculations.';
