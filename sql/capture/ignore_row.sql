-- Without settings of its own, which would cost more than all that it does.
create or replace function recon.ignore_row()
returns trigger
language plpgsql volatile
as $$
declare
  v_count constant text := pg_catalog.concat('recon.ignored_', tg_relid);
  v_rows constant bigint := nullif(pg_catalog.current_setting(v_count, true), '')::bigint;
begin
  perform pg_catalog.set_config(v_count, (coalesce(v_rows, 0::bigint) + 1::bigint)::text, true);
  return null;
end
$$;

comment on function recon.ignore_row() is
  'Row trigger of a table whose writes are ignored: the row is passed over, and counted.';
