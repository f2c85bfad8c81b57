create or replace function recon.robust_spread(
  numbers double precision[],
  out center double precision,
  out spread double precision
)
language sql immutable parallel safe
as $$
  select
    m.center,
    1.4826 * percentile_cont(0.5) within group (order by abs(u.number - m.center))
  from unnest(robust_spread.numbers) u (number)
  cross join (
    select percentile_cont(0.5) within group (order by u.number) as center
    from unnest(robust_spread.numbers) u (number)
  ) m
  group by m.center
$$;

comment on function recon.robust_spread(double precision[]) is
  'The median and 1.4826 times the median deviation from it, which is the standard deviation where '
  'values are normal, and which outliers do not move.';
