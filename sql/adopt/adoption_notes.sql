-- What an adoption leaves as it is, and somebody may want to know beforehand. Figures are those of
-- the statistics, which begin anew when they are reset or the server crashes.
create or replace view recon.adoption_notes as
with
platform as (
  select p.table_name, p.relation
  from recon.platform_tables p
  where p.relation is not null
)
select
  p.table_name,
  format(
    'has been written to since %s: %s rows inserted, %s updated, %s deleted',
    coalesce(to_char(d.stats_reset, 'YYYY-MM-DD'), 'the statistics began'),
    s.n_tup_ins,
    s.n_tup_upd,
    s.n_tup_del
  ) as finding,
  'its writers go on, and the next run corrects what they write; or see recon.ignore_writes'
    as action
from platform p
join pg_stat_user_tables s on s.relid = p.relation
join pg_stat_database d on d.datname = current_database()
where p.table_name <> 'curtailment_records'
  and s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0

union all
select
  p.table_name,
  format(
    'is in use by process %s (%s), in a transaction since %s UTC',
    a.pid,
    concat_ws(', ', a.usename, nullif(a.application_name, '')),
    to_char(a.xact_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
  ),
  'the adoption waits where it has to: end that transaction'
from platform p
join pg_locks l on l.relation = p.relation and l.granted
join pg_stat_activity a on a.pid = l.pid
where l.pid <> pg_backend_pid()
  and l.database = (select b.oid from pg_database b where b.datname = current_database())
  and a.xact_start < clock_timestamp() - interval '10 seconds'

union all
select
  'all tables',
  format('are published by %I, which would publish the tables of the kit too', p.pubname),
  'its subscribers need them, or a publication of tables by name'
from pg_publication p
where p.puballtables;

comment on view recon.adoption_notes is
  'What concerns the platform''s tables before they are adopted, and is left as it is: who writes '
  'to them, who holds them, what publishes them.';
comment on column recon.adoption_notes.table_name is 'Name of the table, in public.';
comment on column recon.adoption_notes.finding is 'What was found.';
comment on column recon.adoption_notes.action is 'What comes of it.';
