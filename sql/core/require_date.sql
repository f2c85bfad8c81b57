create or replace function recon.require_date(settlement_date date)
returns boolean
language plpgsql immutable
as $$
begin
  if settlement_date is null or recon.has_day(settlement_date) then
    return true;
  end if;
  raise exception '% is no date of the calendar, which is % to %',
    settlement_date, recon.clamp_date('-infinity'), recon.clamp_date('infinity')
    using errcode = 'invalid_parameter_value', hint = 'Use a date within it.';
end
$$;

comment on function recon.require_date(date) is
  'True, or error 22023 for a date outside the calendar (recon.has_day). Null is none.';
