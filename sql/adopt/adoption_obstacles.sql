create or replace view recon.adoption_obstacles as
with
platform as (
  select p.table_name, p.relation, p.relkind, p.relforcerowsecurity
  from recon.platform_tables p
  where p.relation is not null
)
select
  p.table_name,
  'is there but is not a table' as finding,
  'make a table of it, or rename it' as next_step,
  true as blocks_deploy
from platform p
where p.relkind not in ('r', 'p')

union all
select
  n.table_name,
  format('is %s, in a schema where the kit does not look', o.name),
  format('alter table %s set schema public, in place of an empty one; or rename it', o.name),
  n.relation is null
from recon.platform_tables n
join recon.tables_elsewhere o using (table_name)
where n.relation is null
  or n.is_kits
  and pg_relation_size(n.relation) = 0

union all
select f.table_name, 'is there but ' || f.fault, f.remedy, true
from recon.column_faults f
join platform p on p.table_name = f.table_name

union all
select
  p.table_name,
  'has row security that its owner is subject to',
  format('alter table public.%s no force row level security', p.table_name),
  false
from platform p
where p.relforcerowsecurity

union all
select
  p.table_name,
  'is partitioned, and an index it lacks cannot be built beside its readers and writers',
  'create it on each partition, then on the table: ' || s.statement,
  false
from platform p
join recon.adoption_steps s on s.table_name = p.table_name
where (p.relkind, s.kind) = ('p', 'concurrent')

union all
select
  p.table_name,
  'has its writes ignored, those of an adoption too',
  format('select recon.ignore_writes(%L, false)', p.table_name),
  false
from platform p
join pg_trigger t on t.tgrelid = p.relation and t.tgname = 'ignore_row'

union all
select
  p.table_name,
  format('is referred to by foreign key %s of %s', k.conname, recon.full_name(k.conrelid)),
  format('alter table %s drop constraint %I', recon.full_name(k.conrelid), k.conname),
  false
from platform p
join pg_constraint k on k.confrelid = p.relation
where p.table_name = 'historical_bitcoin_calculations'
  and exists (
    select
    from recon.adoption_steps s
    where s.kind = 'rows'
  );

comment on view recon.adoption_obstacles is
  'What adopting the platform''s tables cannot see to, and a person has to.';
comment on column recon.adoption_obstacles.table_name is 'Name of the table, in public.';
comment on column recon.adoption_obstacles.finding is 'What is in the way.';
comment on column recon.adoption_obstacles.next_step is 'What to do about it.';
comment on column recon.adoption_obstacles.blocks_deploy is 'Whether it keeps the kit out.';
