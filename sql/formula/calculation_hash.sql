create or replace function recon.calculation_hash(
  settlement_period integer,
  farm_id text,
  miner_model text,
  bitcoin_mined numeric,
  difficulty numeric
)
returns bigint
language sql immutable parallel safe
as $$
  select hash_numeric_extended(
    difficulty,
    hash_numeric_extended(
      bitcoin_mined,
      hashtextextended(
        miner_model, hashtextextended(farm_id, hashint4extended(settlement_period, 0))
      )
    )
  )
$$;

comment on function recon.calculation_hash(integer, text, text, numeric, numeric) is
  'A hash of a stored calculation, by value. Summed up, they are the fingerprint of a day.';
