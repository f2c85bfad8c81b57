-- The one place that has the bounds: the first block of the chain, and a date that every client can
-- read. The checks of the kit's tables repeat them, because a table must not depend on code.
create or replace function recon.clamp_date(settlement_date date)
returns date
language sql immutable parallel safe
as $$
  select greatest(least(settlement_date, date '2100-01-01'), date '2009-01-03')
$$;

comment on function recon.clamp_date(date) is
  'A date of the calendar: the same where it lies in 2009-01-03 to 2100-01-01, else the nearer of '
  'the two. The bounds themselves: clamp_date of -infinity and of infinity.';
