-- PostgreSQL's hash of a number does not see its sign, so that goes in beside it.
create or replace function recon.content_hash(
  farm_id text,
  volume numeric,
  payment numeric,
  original_price numeric,
  final_price numeric,
  so_flag boolean,
  cadl_flag boolean
)
returns bigint
language sql immutable parallel safe
as $$
  select hash_record_extended(
    row(
      farm_id,
      volume,
      volume < numeric '0',
      payment,
      payment < numeric '0',
      original_price,
      original_price < numeric '0',
      final_price,
      final_price < numeric '0',
      so_flag,
      cadl_flag
    ),
    bigint '0'
  )
$$;

comment on function recon.content_hash(
  text, numeric, numeric, numeric, numeric, boolean, boolean
) is
  'A hash of all that a curtailment record says but when: equal for copies in another period.';
