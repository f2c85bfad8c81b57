-- With "on conflict do update" a statement is an insert and an update; the count goes to the first.
create or replace function recon.note_ignored()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_partition oid;
  v_count text;
  v_rows bigint;
begin
  for v_partition in
    select tg_relid
    union
    select p.relid from pg_partition_tree(tg_relid) p
  loop
    v_count := 'recon.ignored_' || v_partition;
    v_rows := coalesce(v_rows, 0) + coalesce(nullif(current_setting(v_count, true), '')::bigint, 0);
    perform set_config(v_count, '', true);
  end loop;

  insert into recon.ignored_writes (
    table_name, command, ignored_rows, role_name, application_name
  )
  select tg_table_name, tg_op, v_rows, session_user, current_setting('application_name')
  where v_rows > 0;
  return null;
end
$$;

comment on function recon.note_ignored() is
  'Statement trigger of a table whose writes are ignored: a row in ignored_writes for each '
  'statement that was passed over.';
