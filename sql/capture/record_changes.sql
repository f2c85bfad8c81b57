-- It appends and never looks for a row that is there already: two writers must not wait for each
-- other, and a row seen here may be consumed before this transaction commits.
create or replace function recon.record_changes()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if tg_op = 'INSERT' then
    insert into recon.changes (settlement_date, reason, changed_at)
    select distinct n.settlement_date, tg_argv[0], pg_catalog.now()
    from new_rows n
    where recon.has_day(n.settlement_date);
  elsif tg_op = 'DELETE' then
    insert into recon.changes (settlement_date, reason, changed_at)
    select distinct o.settlement_date, tg_argv[0], pg_catalog.now()
    from old_rows o
    where recon.has_day(o.settlement_date);
  else
    insert into recon.changes (settlement_date, reason, changed_at)
    select d.settlement_date, tg_argv[0], pg_catalog.now()
    from (
      select o.settlement_date from old_rows o
      union
      select n.settlement_date from new_rows n
    ) d
    where recon.has_day(d.settlement_date);
  end if;
  return null;
end
$$;

comment on function recon.record_changes() is
  'Statement trigger of a table with settlement_date: a row in changes for each date touched '
  'that is a day.';
