create or replace function recon.record_summary_changes()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_dates date[];
begin
  insert into recon.summary_changes (changed_at) values (pg_catalog.now());

  if coalesce(current_setting('recon.own_write', true), '') = 'on' then
    return null;
  elsif tg_op = 'INSERT' then
    select array_agg(distinct n.summary_date) into v_dates from new_rows n;
  elsif tg_op = 'DELETE' then
    select array_agg(distinct o.summary_date) into v_dates from old_rows o;
  elsif tg_op = 'UPDATE' then
    select array_agg(d.summary_date)
    into v_dates
    from (
      select o.summary_date from old_rows o
      union
      select n.summary_date from new_rows n
    ) d;
  else
    v_dates := array['-infinity'::date];
  end if;

  insert into recon.changes (settlement_date, reason, changed_at)
  select d, 'summary', pg_catalog.now()
  from unnest(v_dates) d
  where isfinite(d)
    or tg_op = 'TRUNCATE';
  return null;
end
$$;

comment on function recon.record_summary_changes() is
  'Statement trigger of the daily summaries: the monthly and yearly views are out of date, and '
  'where the write is not the kit''s own, so is the day.';
