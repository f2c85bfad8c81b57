create or replace view recon.ignored_tables as
select c.relname::text as table_name
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
where t.tgname = 'ignore_row'
  and t.tgparentid = 0
  and t.tgenabled <> 'D'
  and c.relnamespace = 'public'::regnamespace;

comment on view recon.ignored_tables is
  'The tables whose writes are ignored, but for the kit''s own (recon.ignore_writes).';
comment on column recon.ignored_tables.table_name is 'Name of the table, in public.';
