create or replace function recon.target_of(difficulty numeric)
returns text
language sql immutable parallel safe
as $$
  select t.nbits
  from recon.nearest_target(target_of.difficulty) t
  where t.is_exact
$$;

comment on function recon.target_of(numeric) is
  'The target that a difficulty stands for, as nBits; null where there is none of 24 bits.';
