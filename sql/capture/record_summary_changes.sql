create or replace function recon.record_summary_changes()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if tg_op = 'INSERT' then
    insert into recon.changes (settlement_date, reason, changed_at)
    select distinct n.summary_date, 'summary', pg_catalog.now()
    from new_rows n
    where recon.has_day(n.summary_date);
  elsif tg_op = 'DELETE' then
    insert into recon.changes (settlement_date, reason, changed_at)
    select distinct o.summary_date, 'summary', pg_catalog.now()
    from old_rows o
    where recon.has_day(o.summary_date);
  else
    insert into recon.changes (settlement_date, reason, changed_at)
    select d.summary_date, 'summary', pg_catalog.now()
    from (
      select o.summary_date from old_rows o
      union
      select n.summary_date from new_rows n
    ) d
    where recon.has_day(d.summary_date);
  end if;
  return null;
end
$$;

comment on function recon.record_summary_changes() is
  'Statement trigger of the daily summaries: a row in changes for each date touched.';
