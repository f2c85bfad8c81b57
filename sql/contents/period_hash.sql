create or replace function recon.period_hash(settlement_period integer, fingerprint numeric)
returns bigint
language sql immutable parallel safe
as $$
  select hash_numeric_extended(fingerprint, hashint4extended(settlement_period, bigint '0'))
$$;

comment on function recon.period_hash(integer, numeric) is
  'A hash of a period and what it holds. Summed up, they are the fingerprint of a day''s source.';
