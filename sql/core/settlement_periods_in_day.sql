-- Arithmetic in place of the time zone database, so that it is immutable and inlined. The clocks
-- change on the last Sunday of March and of October, as they have since before settlement began.
-- Fields of a date are numeric, and so are the constants: no operator of the caller's fits better.
create or replace function recon.settlement_periods_in_day(settlement_date date)
returns integer
language sql immutable parallel safe
as $$
  select case
    when extract(month from settlement_date) not in (3.0, 10.0) then 48
    when extract(day from settlement_date) < 25.0 then 48
    when extract(isodow from settlement_date) <> 7.0 then 48
    when extract(month from settlement_date) = 3.0 then 46
    else 50
  end
$$;

comment on function recon.settlement_periods_in_day(date) is
  'Half hours of a settlement date (Europe/London): 48, or 46 and 50 when the clocks change.';
