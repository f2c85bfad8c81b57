-- It appends and never looks for a row that is there already: two writers must not wait for each
-- other, and a row seen here may be consumed before this transaction commits.
create or replace function recon.record_changes()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_dates date[];
begin
  if tg_op = 'INSERT' then
    select array_agg(d.settlement_date)
    into v_dates
    from (select distinct n.settlement_date from new_rows n) d;
  elsif tg_op = 'DELETE' then
    select array_agg(d.settlement_date)
    into v_dates
    from (select distinct o.settlement_date from old_rows o) d;
  else
    select array_agg(d.settlement_date)
    into v_dates
    from (
      select o.settlement_date from old_rows o
      union
      select n.settlement_date from new_rows n
    ) d;
  end if;

  insert into recon.changes (settlement_date, reason, changed_at)
  select d, tg_argv[0], pg_catalog.now()
  from unnest(v_dates) d
  where recon.has_day(d);
  return null;
end
$$;

comment on function recon.record_changes() is
  'Statement trigger of a table with settlement_date: a row in changes for each date touched '
  'that is a day.';
