create or replace function recon.has_day(settlement_date date)
returns boolean
language sql immutable parallel safe
as $$
  select coalesce(settlement_date = recon.clamp_date(settlement_date), false)
$$;

comment on function recon.has_day(date) is
  'Whether a date lies in the calendar (recon.clamp_date): what is stored of another, or of none, '
  'belongs to no day.';
