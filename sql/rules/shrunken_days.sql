create or replace function recon.shrunken_days(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  select
    d.settlement_date,
    'shrunken_days',
    '',
    null::integer[],
    case when r.left_rows < 0.5 * d.peak_rows then 'critical' else 'warning' end,
    format(
      '%s rows, and there were %s: %s %% are gone',
      r.left_rows,
      d.peak_rows,
      round(100.0 * (d.peak_rows - r.left_rows) / d.peak_rows)
    ),
    format('fetch the whole of %s again, then recon-kit load --replace FILE', d.settlement_date)
  from recon.source_days d
  cross join recon.settings s
  cross join lateral (values (d.source_rows - d.repeated_rows)) r (left_rows)
  where d.settlement_date = any (shrunken_days.settlement_dates)
    and d.peak_rows - r.left_rows > greatest(2, d.peak_rows * s.source_shrink_share)
$$;

comment on function recon.shrunken_days(date[]) is
  'Rule: days that have lost more than settings.source_shrink_share of the most rows they were '
  'seen with, repeated ones left out: a reload brought less.';
