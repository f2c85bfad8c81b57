create or replace function recon.report_months(
  from_date date default null,
  to_date date default null
)
returns table (
  year_month text,
  miner_model text,
  days bigint,
  calculations bigint,
  curtailed_mwh numeric,
  bitcoin_mined numeric
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select
    to_char(d.settlement_date, 'YYYY-MM'),
    d.miner_model,
    count(*),
    sum(d.calculations),
    trim_scale(sum(d.curtailed_mwh)),
    sum(d.bitcoin_mined)
  from recon.report_days(report_months.from_date, report_months.to_date) d
  group by to_char(d.settlement_date, 'YYYY-MM'), d.miner_model
  order by to_char(d.settlement_date, 'YYYY-MM'), d.miner_model
$$;

comment on function recon.report_months(date, date) is
  'recon.report_days summed by month and miner model: days, calculations, energy (MWh), BTC. '
  'Error 22023 for a range it cannot use.';
