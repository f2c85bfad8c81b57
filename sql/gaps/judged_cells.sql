create or replace function recon.judged_cells(settlement_date date)
returns table (
  settlement_period integer,
  farm_id text,
  miner_model text,
  verdict text,
  expected_btc numeric,
  stored_btc numeric,
  curtailed_mwh numeric
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
as $$
  select
    c.settlement_period,
    c.farm_id,
    c.miner_model,
    coalesce(c.kind, 'right'),
    c.expected_btc,
    c.stored_btc,
    c.curtailed_mwh
  from recon.day_cells(judged_cells.settlement_date) c
$$;

comment on function recon.judged_cells(date) is
  'Every cell of a date that is stored or should be, with its verdict: right, or the kind of gap '
  '(see recon.day_cells). BTC; MWh of the period and farm, the same for each model.';
