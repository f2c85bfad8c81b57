create or replace function recon.lasting_kinds()
returns text[]
language sql immutable parallel safe
as $$
  select array[
    'coarse_volumes',
    'drift',
    'equal_prices',
    'invented_rows',
    'missing_farms',
    'mixed_signs',
    'odd_flags',
    'other_signs',
    'outlying_days',
    'plateau',
    'renamed_farms',
    'silent_periods',
    'sparse_days',
    'unequal_payments',
    'unknown_farms',
    'wrong_totals',
    'wrong_unit',
    'zero_volumes'
  ]
$$;

comment on function recon.lasting_kinds() is
  'The rules whose findings on days that follow have one cause, and are one issue.';
