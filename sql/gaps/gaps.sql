create or replace function recon.gaps(from_date date default null, to_date date default null)
returns table (
  settlement_date date,
  settlement_period integer,
  farm_id text,
  miner_model text,
  kind text,
  expected_btc numeric,
  stored_btc numeric,
  expected_difficulty numeric,
  stored_difficulty numeric,
  curtailed_mwh numeric
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
as $$
  select
    d.settlement_date,
    g.settlement_period,
    g.farm_id,
    g.miner_model,
    g.kind,
    g.expected_btc,
    g.stored_btc,
    g.expected_difficulty,
    g.stored_difficulty,
    g.curtailed_mwh
  from recon.settlement_dates(gaps.from_date, gaps.to_date) d
  cross join lateral recon.day_gaps(d.settlement_date) g
  where recon.require_range(gaps.from_date, gaps.to_date)
$$;

comment on function recon.gaps(date, date) is
  'Every cell of the range whose stored row is not the expected one, worked out now from the '
  'source, with its kind (see recon.day_gaps). Dates are inclusive, null is no bound; BTC. '
  'Error 22023 where from_date is after to_date.';
