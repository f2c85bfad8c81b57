-- Whatever the results depend on, by the name that functions read it by, with its partitions and
-- children. Temporary children are their session's own: no other reads them.
create or replace view recon.watched_tables as
with recursive
roots (table_name, reason, column_name) as (
  values
    ('public.curtailment_records', 'source', 'settlement_date'),
    ('public.historical_bitcoin_calculations', 'calculation', 'settlement_date'),
    ('public.bitcoin_daily_summaries', 'summary', 'summary_date'),
    ('recon.network_difficulties', 'difficulty', 'settlement_date'),
    ('recon.miner_models', 'miner_model', 'miner_model'),
    ('recon.block_rewards', 'block_reward', null),
    ('recon.difficulty_decisions', null, null),
    ('recon.settings', null, null),
    ('recon.daily_sums', null, null),
    ('public.bitcoin_monthly_summaries', null, null),
    ('public.bitcoin_yearly_summaries', null, null)
),
families (table_name, reason, column_name, relation, is_root) as (
  select r.table_name, r.reason, r.column_name, to_regclass(r.table_name)::oid, true
  from roots r
  union
  select f.table_name, f.reason, f.column_name, i.inhrelid, false
  from families f
  join pg_inherits i on i.inhparent = f.relation
)
select
  f.table_name,
  f.reason,
  f.column_name,
  f.relation,
  f.is_root,
  case when f.is_root then f.table_name else format('%I.%I', n.nspname, c.relname) end
    as relation_name,
  c.relkind,
  c.relpersistence,
  c.relispartition,
  c.relowner
from families f
left join pg_class c on c.oid = f.relation
left join pg_namespace n on n.oid = c.relnamespace
where c.relpersistence is distinct from 't';

comment on view recon.watched_tables is
  'The tables whose changes are noticed, each with its partitions and children.';
comment on column recon.watched_tables.table_name is 'Name of the table that is read.';
comment on column recon.watched_tables.reason is
  'What recon.changes has of its changes; null of what no day depends on.';
comment on column recon.watched_tables.column_name is
  'The column that says which date, or miner model, is concerned; null = every date.';
comment on column recon.watched_tables.relation is
  'The table, or a partition or child of it; null where there is none.';
comment on column recon.watched_tables.is_root is 'Whether it is the table itself.';
comment on column recon.watched_tables.relation_name is 'Its own name, with its schema.';
comment on column recon.watched_tables.relkind is 'Its kind, as in pg_class.';
comment on column recon.watched_tables.relpersistence is 'Its persistence, as in pg_class.';
comment on column recon.watched_tables.relispartition is 'Whether it is a partition.';
comment on column recon.watched_tables.relowner is 'Its owner.';
