create or replace function recon.day_shares(day recon.source_days)
returns table (kind text, subject text, part integer, whole integer, what text)
language sql immutable
as $$
  values
    (
      'sparse_days',
      '',
      (day).holes,
      (day).cells,
      'half hours of farms are followed by a hole of one half hour'
    ),
    (
      'zero_volumes',
      '',
      (day).zero_rows,
      (day).source_rows,
      'rows have a volume of 0'
    ),
    (
      'zero_volumes',
      'payment',
      greatest(
        0,
        (day).positive_rows + (day).negative_rows
          - (day).paid_rows - (day).charged_rows - (day).unequal_rows
      ),
      (day).source_rows,
      'rows with a volume have a payment of 0, and no price that says otherwise'
    ),
    (
      'mixed_signs',
      '',
      least((day).positive_rows, (day).negative_rows),
      (day).source_rows,
      'rows have a volume of the other sign'
    ),
    (
      'coarse_volumes',
      '',
      (day).fine_rows,
      (day).positive_rows + (day).negative_rows,
      'rows have a volume that is no multiple of 0.1 MWh'
    ),
    (
      'invented_rows',
      '',
      (day).fine_rows,
      (day).positive_rows + (day).negative_rows,
      'rows have a volume that is no multiple of 0.1 MWh'
    ),
    ('odd_flags', 'so_flag', (day).so_rows, (day).source_rows, 'rows have the SO flag'),
    ('odd_flags', 'cadl_flag', (day).cadl_rows, (day).source_rows, 'rows have the CADL flag')
$$;

comment on function recon.day_shares(recon.source_days) is
  'The shares of a day that recon.odd_shares judges: the kind and subject of the issue, how many, '
  'of how many, and what they are.';
