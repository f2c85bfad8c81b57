create or replace function recon.rate_hash(miner_model text, btc_per_mwh numeric)
returns bigint
language sql immutable parallel safe
as $$
  select hash_numeric_extended(btc_per_mwh, hashtextextended(miner_model, 0))
$$;

comment on function recon.rate_hash(text, numeric) is
  'A hash of what one MWh mines. Summed up, they are the share of difficulty, reward and models '
  'in the fingerprint of the source of a day.';
