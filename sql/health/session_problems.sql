-- Who waits for whom is open to every role; the transactions of other roles are not.
create or replace view recon.session_problems as
with
waits as (
  select b.pid, count(distinct w.pid) as sessions, min(w.waitstart) as waiting_since
  from pg_locks w
  cross join lateral unnest(pg_blocking_pids(w.pid)) b (pid)
  cross join recon.settings s
  where not w.granted
    and w.waitstart < pg_catalog.now() - s.lock_timeout
    and w.pid in (select a.pid from pg_stat_activity a where a.datname = current_database())
  group by b.pid
),
sessions as (
  select
    a.pid,
    a.xact_start,
    a.query = '<insufficient privilege>' as is_hidden,
    format('process %s', a.pid)
      || coalesce(' of ' || a.usename, '')
      || coalesce(' (' || nullif(a.application_name, '') || ')', '') as who,
    case when a.state like 'idle in transaction%' then 'idle in it' else 'at work' end as doing
  from pg_stat_activity a
  where a.datname = current_database()
    and a.pid <> pg_backend_pid()
)
select
  'critical' as severity,
  'blocking' as kind,
  w.pid,
  w.waiting_since as since,
  format(
    '%s keeps %s waiting, since %s',
    coalesce(s.who, 'a prepared transaction'),
    case when w.sessions = 1 then 'a session' else w.sessions || ' sessions' end,
    to_char(w.waiting_since at time zone 'UTC', 'HH24:MI:SS "UTC"')
  ) as finding,
  case
    when w.pid = 0 then 'select gid, prepared, owner from pg_prepared_xacts'
    else format('select pg_terminate_backend(%s)', w.pid)
  end as next_step
from waits w
left join sessions s using (pid)
union all
select
  'warning',
  'long_transaction',
  s.pid,
  s.xact_start,
  format(
    '%s is in a transaction since %s, %s',
    s.who,
    to_char(s.xact_start at time zone 'UTC', 'HH24:MI:SS "UTC"'),
    s.doing
  ),
  format('select pg_terminate_backend(%s)', s.pid)
from sessions s
where s.xact_start < pg_catalog.now() - interval '5 minutes'
union all
select
  'warning',
  'prepared_transaction',
  null,
  p.prepared,
  format('transaction %L of %s was prepared and never ended', p.gid, p.owner),
  format('rollback prepared %L', p.gid)
from pg_prepared_xacts p
where p.database = current_database()
  and p.prepared < pg_catalog.now() - interval '5 minutes'
union all
select
  'note',
  'hidden',
  null,
  null,
  format('what %s sessions of others do is hidden from role %s', count(*), current_user),
  format('grant pg_read_all_stats to %I', current_user)
from sessions s
where s.is_hidden
having count(*) > 0;

comment on view recon.session_problems is
  'Sessions of this database that keep others waiting for longer than settings.lock_timeout, and '
  'transactions open for over 5 minutes. Those of other roles show only to pg_read_all_stats; a '
  'note says how many do not.';
comment on column recon.session_problems.severity is 'critical, warning or note.';
comment on column recon.session_problems.kind is
  'blocking, long_transaction, prepared_transaction or hidden.';
comment on column recon.session_problems.pid is 'Process; 0 and null for prepared transactions.';
comment on column recon.session_problems.since is
  'When it began, or when the first of those that wait began to.';
comment on column recon.session_problems.finding is 'What was found.';
comment on column recon.session_problems.next_step is 'What to do about it.';
