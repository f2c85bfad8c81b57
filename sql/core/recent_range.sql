create or replace function recon.recent_range(days integer, out from_date date, out to_date date)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if recent_range.days is null or recent_range.days not between 1 and 36525 then
    raise exception 'days is %', coalesce(recent_range.days::text, 'null')
      using errcode = 'invalid_parameter_value', hint = 'Use 1 to 36525.';
  end if;
  to_date := recon.today();
  from_date := to_date - recent_range.days + 1;
end
$$;

comment on function recon.recent_range(integer) is
  'First and last date of the last days, today included. Error 22023 for a number it cannot use.';
