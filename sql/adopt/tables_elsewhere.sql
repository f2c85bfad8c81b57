create or replace view recon.tables_elsewhere as
select c.relname::text as table_name, format('%I.%I', n.nspname, c.relname) as name
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relname in (select p.table_name from recon.platform_tables p)
  and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname not in ('public', 'recon', 'recon_legacy', 'information_schema')
  and n.nspname !~ '^pg_';

comment on view recon.tables_elsewhere is
  'What has the name of one of the platform''s tables in another schema than public.';
comment on column recon.tables_elsewhere.table_name is 'The name.';
comment on column recon.tables_elsewhere.name is 'The name with its schema.';
