create or replace function recon.record_refresh()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  insert into recon.summary_changes (changed_at)
  select pg_catalog.now()
  where tg_op = 'TRUNCATE'
    or tg_table_schema <> 'public'
    or not exists (select from recon.ignored_tables i where i.table_name = tg_table_name);
  return null;
end
$$;

comment on function recon.record_refresh() is
  'Statement trigger of the daily sums, and of the months and years that are published: they have '
  'to be summed up or published again.';
