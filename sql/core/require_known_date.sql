create or replace function recon.require_known_date(settlement_date date)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if require_known_date.settlement_date is null then
    raise exception 'settlement_date is null'
      using errcode = 'null_value_not_allowed', hint = 'Give a date, such as 2025-03-01.';
  end if;

  perform recon.bound_lock_waits();
  perform recon.require_range(
    require_known_date.settlement_date, require_known_date.settlement_date
  );
  if not exists (select from public.curtailment_records)
    and not recon.is_known(
      require_known_date.settlement_date, require_known_date.settlement_date
    )
  then
    raise exception 'nothing is known of %: there is no record at all',
      require_known_date.settlement_date
      using errcode = 'invalid_parameter_value',
        hint = 'Load records first: recon-kit load FILE';
  end if;
  return true;
end
$$;

comment on function recon.require_known_date(date) is
  'True, or error 22023 for a date in the future or before the first record, unless something is '
  'stored of it or pending for it; 22004 for null.';
