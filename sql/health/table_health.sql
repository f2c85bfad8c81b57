create or replace view recon.table_health as
with
tables as (
  select
    c.oid,
    format('%I.%I', n.nspname, c.relname) as table_name,
    pg_total_relation_size(c.oid) as total_bytes,
    s.n_live_tup as live_rows,
    s.n_dead_tup as dead_rows,
    s.n_mod_since_analyze as changed_rows,
    greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at,
    greatest(s.last_analyze, s.last_autoanalyze) as analyzed_at,
    age(c.relfrozenxid) as frozen_age,
    greatest(100000, s.n_live_tup / 2) as too_many_rows,
    exists (
      select from pg_options_to_table(c.reloptions) o
      where case o.option_name
        when 'autovacuum_enabled' then not o.option_value::boolean
      end
    ) as is_never_vacuumed,
    current_setting('autovacuum_freeze_max_age')::integer * 1.5 as too_old
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_stat_all_tables s on s.relid = c.oid
  where c.relkind in ('r', 'm')
    and (
      n.nspname = 'recon'
      or c.oid in (select p.relation from recon.platform_tables p)
    )
),
broken as (
  select i.indrelid as oid, min(format('%I.%I', n.nspname, c.relname)) as index_name
  from pg_index i
  join pg_class c on c.oid = i.indexrelid
  join pg_namespace n on n.oid = c.relnamespace
  where not i.indisvalid
  group by i.indrelid
)
select
  t.table_name,
  t.total_bytes,
  t.live_rows,
  t.dead_rows,
  t.vacuumed_at,
  t.analyzed_at,
  t.frozen_age,
  v.severity,
  v.finding,
  v.next_step
from tables t
left join broken b using (oid)
left join lateral (
  select f.severity, f.finding, f.next_step
  from (values
    (
      t.frozen_age > 1000000000, 'critical',
      format('its oldest row is %s transactions old; at 2 billion writes stop', t.frozen_age),
      'vacuum (freeze) ' || t.table_name
    ),
    (
      t.frozen_age > t.too_old, 'warning',
      format('its oldest row is %s transactions old; autovacuum does not keep up', t.frozen_age),
      'vacuum (freeze) ' || t.table_name
    ),
    (
      b.index_name is not null, 'warning',
      format('index %s is invalid: paid for and never used', b.index_name),
      'reindex index concurrently ' || b.index_name
    ),
    (
      t.is_never_vacuumed, 'warning',
      'autovacuum is off for it',
      format('alter table %s reset (autovacuum_enabled)', t.table_name)
    ),
    (
      t.dead_rows > t.too_many_rows, 'warning',
      format('%s dead rows beside %s live ones', t.dead_rows, t.live_rows),
      'vacuum (analyze) ' || t.table_name
    ),
    (
      t.changed_rows > t.too_many_rows, 'note',
      format('%s rows changed since it was analyzed', t.changed_rows),
      'analyze ' || t.table_name
    )
) f (is_so, severity, finding, next_step)
  where f.is_so
  limit 1
) v on true;

comment on view recon.table_health is
  'The tables of the kit and of the platform: size, rows, when they were last seen to, and the '
  'worst that is wrong with each.';
comment on column recon.table_health.table_name is 'Schema and name.';
comment on column recon.table_health.total_bytes is 'Size with indexes and toast, bytes.';
comment on column recon.table_health.live_rows is 'Rows, as the statistics have it.';
comment on column recon.table_health.dead_rows is 'Old versions of rows that vacuum would remove.';
comment on column recon.table_health.vacuumed_at is 'Last vacuum, by hand or by autovacuum.';
comment on column recon.table_health.analyzed_at is 'Last analyze, by hand or by autovacuum.';
comment on column recon.table_health.frozen_age is 'Age of its oldest row, in transactions.';
comment on column recon.table_health.severity is 'critical, warning or note; null = healthy.';
comment on column recon.table_health.finding is 'What is wrong; null = nothing.';
comment on column recon.table_health.next_step is 'The statement that mends it.';
