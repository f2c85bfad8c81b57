create or replace function recon.btc_mined(curtailed_mwh numeric, btc_per_mwh numeric)
returns numeric
language sql immutable parallel safe
as $$
  select round(curtailed_mwh * btc_per_mwh, 12)
$$;

comment on function recon.btc_mined(numeric, numeric) is
  'BTC of a cell: energy (MWh) x rate (recon.mining_rates), rounded once to 12 decimals.';
