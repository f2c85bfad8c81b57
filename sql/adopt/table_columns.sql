create or replace view recon.table_columns as
select
  n.nspname::text as schema_name,
  c.relname::text as table_name,
  c.oid as relation,
  a.attname::text as column_name,
  a.attnum as position,
  format_type(a.atttypid, a.atttypmod) as type_name,
  a.attnotnull as is_not_null,
  a.attgenerated <> '' as is_generated,
  a.atthasdef or a.attidentity <> '' as has_default
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid
where n.nspname = 'public'
  and c.relname in (select p.table_name from recon.platform_tables p)
  and a.attnum > 0
  and not a.attisdropped;

comment on view recon.table_columns is
  'The columns of the relations that the kit shares with the platform.';
comment on column recon.table_columns.schema_name is 'public.';
comment on column recon.table_columns.table_name is 'Name of the relation.';
comment on column recon.table_columns.relation is 'The relation.';
comment on column recon.table_columns.column_name is 'Name of the column.';
comment on column recon.table_columns.position is 'Its place in the relation.';
comment on column recon.table_columns.type_name is 'Its type, as a person writes it.';
comment on column recon.table_columns.is_not_null is 'Whether it must have a value.';
comment on column recon.table_columns.is_generated is 'Whether it is computed from others.';
comment on column recon.table_columns.has_default is
  'Whether an insert that does not name it gives it a value.';
