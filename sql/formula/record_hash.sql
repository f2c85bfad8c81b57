create or replace function recon.record_hash(
  settlement_period integer,
  farm_id text,
  volume numeric
)
returns bigint
language sql immutable parallel safe
as $$
  select hash_numeric_extended(
    coalesce(volume, 'NaN'),
    hashtextextended(
      coalesce(farm_id, ''), pg_catalog.hashint4extended(coalesce(settlement_period, 0), 0)
    )
  )
$$;

comment on function recon.record_hash(integer, text, numeric) is
  'A hash of what matters of a curtailment record, by value: 1.0 is 1.00, no volume is NaN, '
  'no period 0 and no farm empty. '
  'Summed up, they are the fingerprint of a day, which shows a record twice where an exclusive or '
  'would not.';
