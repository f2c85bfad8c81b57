create or replace view recon.work_checks as
with
difficulty as (
  select
    coalesce(sum(m.days), 0) as days,
    to_char(min(m.first_date), 'YYYY-MM-DD') as first_date,
    to_char(max(m.last_date), 'YYYY-MM-DD') as last_date,
    string_agg(
      recon.next_step(m.reason_code, m.first_date, m.last_date), '; ' order by m.first_date
    ) as next_steps
  from (
    select
      d.reason_code,
      count(*) as days,
      min(d.settlement_date) as first_date,
      max(d.settlement_date) as last_date
    from recon.missing_difficulties d
    group by d.reason_code
  ) m
),
halted as (
  select
    string_agg(h.finding, '; ') as findings,
    string_agg(h.next_step, '; ') as next_steps
  from recon.halted_runs h
),
sessions as (
  select count(*) as problems from recon.session_problems s where s.severity <> 'note'
),
tables as (
  select
    string_agg(t.table_name || ': ' || t.finding, '; ' order by t.total_bytes desc) as findings,
    string_agg(t.next_step, '; ' order by t.total_bytes desc) as next_steps
  from recon.table_health t
  where t.severity <> 'note'
),
locks as (
  select
    string_agg(
      format('process %s of %s holds the lock of %s', k.pid, a.usename, k.lock_name),
      '; ' order by k.place
    ) as findings,
    string_agg(format('select pg_terminate_backend(%s)', k.pid), '; ') as next_steps
  from recon.advisory_locks k
  join pg_stat_activity a on a.pid = k.pid
  where k.pid <> pg_backend_pid()
)
select
  c.subject,
  case when c.problem is null then 'ok' else 'warning' end as outcome,
  coalesce(c.problem, c.fine) as finding,
  case when c.problem is not null then c.next_step end as next_step
from difficulty d
cross join halted h
cross join sessions s
cross join tables t
cross join locks k
cross join recon.settings g
cross join lateral (
  values
    (
      1, 'settings', 'the fuse stops a run that would change over '
        || round(100 * g.fuse_share) || ' % of what is right',
      case when g.fuse_share >= 1 then 'the fuse is off: settings.fuse_share is 1' end,
      'update recon.settings set fuse_share = default'
    ),
    (
      2, 'difficulty', 'every date with records has one',
      case
        when d.days = 1 then format('missing for %s', d.first_date)
        when d.days > 1
          then format('missing for %s dates, %s to %s', d.days, d.first_date, d.last_date)
      end,
      d.next_steps
    ),
    (3, 'runs', 'none is paused, stopped or left open', h.findings, h.next_steps),
    (
      4, 'sessions', 'none blocks others or runs long',
      case when s.problems > 0 then s.problems || ' block others or run long' end,
      'recon-kit analyze'
    ),
    (
      5, 'locks', 'nobody holds that of deploys, adoptions or posts',
      k.findings, 'let it end; if it is none of the kit''s: ' || k.next_steps
    ),
    (6, 'tables', 'healthy', t.findings, t.next_steps)
) c (place, subject, fine, problem, next_step)
order by c.place;

comment on view recon.work_checks is
  'Whether anything keeps the work from going on: settings, difficulty, runs, sessions, '
  'locks, tables.';
comment on column recon.work_checks.subject is 'What was looked at.';
comment on column recon.work_checks.outcome is 'ok or warning.';
comment on column recon.work_checks.finding is 'What was found.';
comment on column recon.work_checks.next_step is 'What to do about it; null where it is ok.';
