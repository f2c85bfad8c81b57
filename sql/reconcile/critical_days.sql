create or replace function recon.critical_days(max_dates integer)
returns date[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if critical_days.max_dates is null or critical_days.max_dates < 1 then
    raise exception 'max_dates is %', coalesce(critical_days.max_dates::text, 'null')
      using errcode = 'invalid_parameter_value', hint = 'Use 1 or more.';
  end if;
  return (
    select coalesce(array_agg(t.settlement_date order by t.mwh desc), '{}')
    from (
      select p.settlement_date, e.mwh
      from recon.plannable_days(null, null, false) p
      cross join lateral (select recon.source_mwh(p.settlement_date) as mwh) e
      cross join recon.settings s
      where e.mwh > s.critical_mwh
      order by e.mwh desc
      limit critical_days.max_dates
    ) t
  );
end
$$;

comment on function recon.critical_days(integer) is
  'The days with the most curtailed energy among those that are not complete, above '
  'settings.critical_mwh, at most so many.';
