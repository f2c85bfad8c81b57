create or replace function recon.loaded_hash(
  settlement_period integer,
  farm_id text,
  lead_party_name text,
  volume numeric,
  payment numeric,
  original_price numeric,
  final_price numeric,
  so_flag boolean,
  cadl_flag boolean
)
returns bigint
language sql stable parallel safe
as $$
  select hashtextextended(
    row(
      settlement_period,
      farm_id,
      lead_party_name,
      trim_scale(volume),
      trim_scale(payment),
      trim_scale(original_price),
      trim_scale(final_price),
      so_flag,
      cadl_flag
    )::text,
    0
  )
$$;

comment on function recon.loaded_hash(
  integer, text, text, numeric, numeric, numeric, numeric, boolean, boolean
) is
  'A hash of all that a curtailment record says but its date, by value: 1.0 is 1.00.';
