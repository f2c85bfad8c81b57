create or replace function recon.require_range(from_date date, to_date date)
returns boolean
language plpgsql immutable parallel safe
as $$
begin
  if from_date > to_date then
    raise exception 'from_date % is after to_date %', from_date, to_date
      using errcode = 'invalid_parameter_value',
        hint = 'Exchange the two; leave one out (null) for no bound.';
  end if;
  return true;
end
$$;

comment on function recon.require_range(date, date) is
  'True, or an error (22023) where the range is upside down. Null is no bound.';
