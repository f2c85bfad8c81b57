-- The target is only looked for where the numbers are close enough to share one.
create or replace function recon.is_same_difficulty(one numeric, other numeric)
returns boolean
language sql immutable parallel safe
as $$
  select one = other
    or (
      abs(one - other) < greatest(
        2.0 * 0.1 ^ least(scale(trim_scale(one)), scale(trim_scale(other)))::numeric,
        4.6e-16 * other
      )
      and abs(one - other) < 0.01 * other
      and (
        abs(one - other) < 0.1 ^ least(scale(trim_scale(one)), scale(trim_scale(other)))::numeric
        or recon.target_of(one) = recon.target_of(other)
      )
    )
$$;

comment on function recon.is_same_difficulty(numeric, numeric) is
  'Whether two numbers are notations of one difficulty, as 83947913181361, 83947913181361.6 and '
  '83947913181362: one is the other cut or rounded, or both are the same target of 24 bits.';
