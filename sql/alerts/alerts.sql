create or replace view recon.alerts as
with
readings as (
  select c.name, c.value, c.finding, c.next_step from recon.capture_readings c
  union all
  select p.name, p.value, p.finding, p.next_step from recon.pending_readings p
  union all
  select d.name, d.value, d.finding, d.next_step from recon.day_readings d
  union all
  select f.name, f.value, f.finding, f.next_step from recon.difficulty_readings f
  union all
  select r.name, r.value, r.finding, r.next_step from recon.run_readings r
  union all
  select s.name, s.value, s.finding, s.next_step from recon.source_readings s
  union all
  select q.name, q.value, q.finding, q.next_step from recon.silence_readings q
  union all
  select z.name, z.value, z.finding, z.next_step from recon.storage_readings z
  union all
  select e.name, e.value, e.finding, e.next_step from recon.post_readings e
)
select
  r.name,
  v.severity,
  r.value,
  l.unit,
  l.warning_at,
  l.critical_at,
  r.finding,
  case when v.severity <> 'ok' then r.next_step end as next_step
from readings r
left join recon.alert_limits l using (name)
cross join lateral (
  select case
    when r.value >= l.critical_at then 'critical'
    when r.value >= l.warning_at then 'warning'
    else 'ok'
  end as severity
) v
order by array_position(
  array[
    'oldest_pending',
    'backlog',
    'failed_days',
    'blocked_days',
    'skipped_days',
    'missing_difficulty',
    'suspect_difficulty',
    'source_issues',
    'source_silence',
    'last_run',
    'last_verification',
    'unsent_post',
    'storage',
    'capture_gaps'
  ],
  r.name
);

comment on view recon.alerts is
  'Whether all goes as it should: each row compares a value with its limits in '
  'recon.alert_limits. Made to be polled: it reads a row per pending day and per day, and none of '
  'the source but by key.';
comment on column recon.alerts.name is
  'oldest_pending, backlog (pending days beside the usual number), failed_days, blocked_days, '
  'skipped_days, missing_difficulty, suspect_difficulty, source_issues, source_silence, '
  'last_run, last_verification, unsent_post, storage, '
  'capture_gaps.';
comment on column recon.alerts.severity is 'ok, warning or critical.';
comment on column recon.alerts.value is
  'What is compared; null = not known yet. An age where something never happened is Infinity.';
comment on column recon.alerts.unit is 'seconds, days, times what is usual, or gaps.';
comment on column recon.alerts.warning_at is 'Value it is a warning from; null = never.';
comment on column recon.alerts.critical_at is 'Value it is critical from; null = never.';
comment on column recon.alerts.finding is 'The same in words.';
comment on column recon.alerts.next_step is 'What to do about it; null where it is ok.';
