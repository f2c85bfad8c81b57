create or replace function recon.report_days(
  from_date date default null,
  to_date date default null
)
returns table (
  settlement_date date,
  state text,
  miner_model text,
  calculations integer,
  curtailed_mwh numeric,
  bitcoin_mined numeric
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select
    s.settlement_date,
    s.state,
    b.miner_model,
    coalesce(b.calculations, 0),
    s.curtailed_mwh,
    b.bitcoin_mined
  from recon.day_status s
  left join recon.daily_sums b on b.summary_date = s.settlement_date
  where recon.require_range(report_days.from_date, report_days.to_date)
    and s.settlement_date >= coalesce(report_days.from_date, '-infinity')
    and s.settlement_date <= coalesce(report_days.to_date, 'infinity')
    and (s.state <> 'no_data' or b.miner_model is not null)
  order by s.settlement_date, b.miner_model
$$;

comment on function recon.report_days(date, date) is
  'A row per day and miner model, as of the last run over each day: its state, calculations, '
  'energy (MWh) and BTC; miner_model is null where the day has no calculation. Days without data '
  'are left out. Error 22023 for a range it cannot use.';
