create or replace function recon.is_same_difficulty(one numeric, other numeric)
returns boolean
language sql immutable parallel safe
as $$
  select one = other
    or (
      abs(one - other) < other * 1e-9
      and round(one, least(scale(trim_scale(one)), scale(trim_scale(other))))
        = round(other, least(scale(trim_scale(one)), scale(trim_scale(other))))
    )
$$;

comment on function recon.is_same_difficulty(numeric, numeric) is
  'Whether two numbers are notations of one difficulty, as 83947913181362 and 83947913181361.6: '
  'the more precise one, rounded, is the other, and they differ by less than a billionth.';
