-- The log of changes itself: whatever keeps a row from it keeps a change from being noticed.
create or replace view recon.log_gaps as
select
  'recon.changes' as table_name,
  'log' as reason,
  'changes can be lost on their way into it: ' || g.finding as finding,
  g.next_step,
  false as stops_runs
from (
  select
    format('trigger %I of recon.changes', t.tgname) as finding,
    format('drop trigger %I on recon.changes', t.tgname) as next_step
  from pg_trigger t
  where t.tgrelid = to_regclass('recon.changes')
    and not t.tgisinternal
  union all
  select
    format('rule %I of recon.changes', r.rulename),
    format('drop rule %I on recon.changes', r.rulename)
  from pg_rewrite r
  where r.ev_class = to_regclass('recon.changes')
  union all
  select
    'it is unlogged, and empty after a crash' as finding,
    'alter table recon.changes set logged' as next_step
  from pg_class c
  where c.oid = to_regclass('recon.changes')
    and c.relpersistence = 'u'
  union all
  select
    'row security' as finding,
    'alter table recon.changes no force row level security' as next_step
  from pg_class c
  where c.oid = to_regclass('recon.changes')
    and row_security_active(c.oid)
) g;

comment on view recon.log_gaps is 'What can keep a change out of recon.changes.';
comment on column recon.log_gaps.table_name is 'recon.changes.';
comment on column recon.log_gaps.reason is 'log.';
comment on column recon.log_gaps.finding is 'What was found.';
comment on column recon.log_gaps.next_step is 'What to do about it.';
comment on column recon.log_gaps.stops_runs is 'Whether no run may begin before that.';
