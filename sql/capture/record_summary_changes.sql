create or replace function recon.record_summary_changes()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_dates date[];
begin
  if tg_op = 'INSERT' then
    select array_agg(distinct n.summary_date) into v_dates from new_rows n;
  elsif tg_op = 'DELETE' then
    select array_agg(distinct o.summary_date) into v_dates from old_rows o;
  else
    select array_agg(d.summary_date)
    into v_dates
    from (
      select o.summary_date from old_rows o
      union
      select n.summary_date from new_rows n
    ) d;
  end if;

  insert into recon.changes (settlement_date, reason, changed_at)
  select d, 'summary', pg_catalog.now()
  from unnest(v_dates) d
  where recon.has_day(d);
  return null;
end
$$;

comment on function recon.record_summary_changes() is
  'Statement trigger of the daily summaries: a row in changes for each date touched.';
