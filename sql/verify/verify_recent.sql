create or replace function recon.verify_recent(days integer)
returns table (from_date date, to_date date, message text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if verify_recent.days is null or verify_recent.days < 1 then
    raise exception 'days is %', coalesce(verify_recent.days::text, 'null')
      using errcode = 'invalid_parameter_value', hint = 'Use 1 or more.';
  end if;

  to_date := recon.today();
  from_date := to_date - verify_recent.days + 1;
  message := (
    select string_agg(
      coalesce(
        f.cells || ' ' || f.finding,
        f.finding || case when f.is_dated then ' off' else '' end
      ),
      ', '
      order by f.cells is null, f.finding
    )
    from (
      select
        v.finding,
        sum(v.cells) as cells,
        bool_or(v.settlement_date is not null) as is_dated
      from recon.verify(from_date, to_date, 'cells') v
      group by v.finding
    ) f
  );
  message := format(
    'Verified %s to %s: %s.',
    from_date,
    to_date,
    case
      when message is not null then message
      when (select t.days > t.no_data from recon.day_totals(from_date, to_date) t)
        then 'nothing is off'
      else 'no data'
    end
  );
  return next;
end
$$;

comment on function recon.verify_recent(integer) is
  'Verifies the last so many days, today included, cell by cell. Returns their range and what was '
  'found, in a sentence; it is pending then.';
