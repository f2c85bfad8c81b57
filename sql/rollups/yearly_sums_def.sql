create or replace view recon.yearly_sums_def as
select
  extract(year from y.year)::integer as year,
  y.miner_model,
  y.bitcoin_mined,
  y.calculations,
  y.days
from (
  select
    date_trunc('year', b.summary_date::timestamp) as year,
    b.miner_model,
    sum(b.bitcoin_mined) as bitcoin_mined,
    sum(b.calculations) as calculations,
    count(*) as days
  from recon.daily_sums b
  where recon.has_day(b.summary_date)
  group by date_trunc('year', b.summary_date::timestamp), b.miner_model
) y;

comment on view recon.yearly_sums_def is
  'What recon.yearly_sums holds after its next refresh.';
comment on column recon.yearly_sums_def.year is 'Year, as 2025.';
comment on column recon.yearly_sums_def.miner_model is 'Miner model.';
comment on column recon.yearly_sums_def.bitcoin_mined is 'BTC.';
comment on column recon.yearly_sums_def.calculations is 'Cells summed.';
comment on column recon.yearly_sums_def.days is 'Days with calculations.';
