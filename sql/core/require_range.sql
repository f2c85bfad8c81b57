-- A range that touches today is never refused, nor is one of the past over an empty database: a
-- job that runs every day must not fail for want of records.
create or replace function recon.require_range(from_date date, to_date date)
returns boolean
language plpgsql stable
as $$
declare
  v_today date := recon.today();
  v_first date := (
    select min(r.settlement_date)
    from public.curtailment_records r
    where r.settlement_date >= recon.clamp_date('-infinity')
  );
begin
  perform recon.require_date(from_date);
  perform recon.require_date(to_date);
  if from_date > to_date then
    raise exception 'from_date % is after to_date %', from_date, to_date
      using errcode = 'invalid_parameter_value',
        hint = 'Exchange the two; leave one out (null) for no bound.';
  end if;

  -- An if of its own: what is looked up here takes longer to plan than a run with nothing to do.
  if from_date > v_today or to_date < least(v_first, v_today) then
    if recon.is_known(from_date, to_date) then
      return true;
    elsif from_date > v_today then
      raise exception '% is in the future: today is %', from_date, v_today
        using errcode = 'invalid_parameter_value',
          hint = format('Use a date up to %s; a later one has to have records first.', v_today);
    elsif v_first is not null then
      raise exception '% is before the first record, which is of %', to_date, v_first
        using errcode = 'invalid_parameter_value',
          hint = format(
            'Use a date from %s on, or load earlier records first: recon-kit load FILE', v_first
          );
    end if;
  end if;
  return true;
end
$$;

comment on function recon.require_range(date, date) is
  'True, or an error (22023) where a bound is no date of the calendar, the range is upside down, '
  'or lies wholly in the future or before the first record and nothing is known of it. Null is no '
  'bound.';
