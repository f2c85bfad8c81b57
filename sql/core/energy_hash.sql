create or replace function recon.energy_hash(
  settlement_period integer,
  farm_id text,
  curtailed_mwh numeric
)
returns bigint
language sql immutable parallel safe
as $$
  select hash_numeric_extended(
    curtailed_mwh, hashtextextended(farm_id, hashint4extended(settlement_period, 0))
  )
$$;

comment on function recon.energy_hash(integer, text, numeric) is
  'A hash of the energy of a period and farm, by value: 1.0 is 1.00. Summed up, they are the '
  'fingerprint of a day, which shows a row twice where an exclusive or would not.';
