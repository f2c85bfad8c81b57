create or replace function recon.full_name(relation oid)
returns text
language sql stable
as $$
  select pg_catalog.format('%I.%I', n.nspname, c.relname)
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = full_name.relation
$$;

comment on function recon.full_name(oid) is
  'A table, view or index with its schema, whatever the search_path says, which a regclass shown '
  'as text depends on.';
