create or replace function recon.verify_recent(days integer)
returns table (from_date date, to_date date, message text, undated_records bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  select r.from_date, r.to_date into from_date, to_date from recon.recent_range(days) r;
  message := (
    select string_agg(
      case
        when f.finding in ('failed', 'skipped')
          then format('%s %s %s', f.days, case f.days when 1 then 'day' else 'days' end, f.finding)
        else coalesce(
          f.cells || ' ' || f.finding,
          f.finding || case when f.is_dated then ' off' else '' end
        )
      end,
      ', '
      order by f.cells is null, f.finding
    )
    from (
      select
        v.finding,
        count(*) as days,
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
  undated_records := (
    select u.undated_rows from recon.undated_rows() u where u.finding = 'undated_records'
  );
  return next;
end
$$;

comment on function recon.verify_recent(integer) is
  'Verifies the last `days` days, today included, cell by cell. Returns their range and what was '
  'found, in a sentence; it is pending then. And how many records belong to no day.';
