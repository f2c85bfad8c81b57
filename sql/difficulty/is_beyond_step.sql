create or replace function recon.is_beyond_step(
  one numeric,
  other numeric,
  days_between integer,
  max_step numeric,
  min_epoch_days integer
)
returns boolean
language sql immutable parallel safe
as $$
  select greatest(one, other)
    > least(one, other) * max_step ^ (1 + least((days_between - 1) / min_epoch_days, 100))
$$;

comment on function recon.is_beyond_step(numeric, numeric, integer, numeric, integer) is
  'Whether the difficulties of two dates lie further apart than retargets can have taken them: one '
  'between neighbouring dates, and one more for each shortest epoch that fits in between.';
