create or replace view recon.halted_runs as
with
ended as (
  select coalesce(max(r.run_id), 0) as run_id
  from recon.runs r
  where r.outcome in ('complete', 'incomplete')
),
last_run as (
  select r.run_id, r.outcome, r.reason, r.confirmed_at, r.finished_at, r.started_at
  from recon.runs r
  cross join ended e
  where r.run_id > e.run_id
  order by r.run_id desc
  limit 1
)
select
  'warning' as severity,
  null::bigint as run_id,
  'runs are paused: ' || s.paused_reason as finding,
  'recon-kit unpause' as next_step
from recon.settings s
where s.paused_reason is not null
union all
select
  'critical',
  r.run_id,
  recon.stop_message(r.run_id),
  'recon-kit reconcile --dry-run; if that is meant: recon-kit confirm ' || r.run_id
from last_run r
where r.outcome = 'stopped'
  and r.confirmed_at is null
union all
select
  'warning',
  r.run_id,
  format(
    'run %s was last heard of on %s and has not ended: it was killed; what it committed stays',
    r.run_id,
    to_char(d.heard_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
  ),
  'recon-kit reconcile'
from last_run r
cross join lateral (
  select greatest(r.started_at, max(d.finished_at)) as heard_at
  from recon.run_days d
  where d.run_id = r.run_id
) d
where r.finished_at is null
  and d.heard_at < pg_catalog.now() - interval '1 hour';

comment on view recon.halted_runs is
  'What keeps runs from going on: a pause, the last run stopped and not confirmed, the last run '
  'without an end and unheard of for an hour. Empty where nothing does.';
comment on column recon.halted_runs.severity is 'critical or warning.';
comment on column recon.halted_runs.run_id is 'The run; null for a pause.';
comment on column recon.halted_runs.finding is 'What was found.';
comment on column recon.halted_runs.next_step is 'What to do about it.';
