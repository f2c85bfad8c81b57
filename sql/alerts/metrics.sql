create or replace view recon.metrics as
with
alerts as materialized (
  select a.name, a.severity, a.value, a.unit, a.warning_at, a.critical_at from recon.alerts a
),
recent_runs as materialized (
  select r.run_id, coalesce(r.outcome, 'unfinished') as outcome
  from recon.runs r
  where r.started_at >= pg_catalog.now() - interval '1 day'
),
repaired as (
  select
    coalesce(sum(c.missing), 0) as missing,
    coalesce(sum(c.stale), 0) as stale,
    coalesce(sum(c.wrong), 0) as wrong,
    coalesce(sum(c.orphan), 0) as orphan
  from recent_runs r
  cross join lateral (
    select
      sum(d.missing) as missing,
      sum(d.stale) as stale,
      sum(d.wrong) as wrong,
      sum(d.orphan) as orphan
    from recon.run_days d
    where d.run_id = r.run_id
  ) c
),
last_run as (
  select extract(epoch from r.finished_at - r.started_at) as seconds
  from recon.runs r
  where r.outcome in ('complete', 'incomplete')
  order by r.run_id desc
  limit 1
)
select
  'recon_kit_alert_severity' as name,
  jsonb_build_object('alert', a.name) as labels,
  (array_position(array['ok', 'warning', 'critical'], a.severity) - 1)::numeric as value,
  'Severity of a row of recon.alerts: 0 ok, 1 warning, 2 critical.' as help
from alerts a
union all
select
  'recon_kit_alert_value',
  jsonb_build_object('alert', a.name, 'unit', a.unit),
  a.value,
  'Value of a row of recon.alerts, in its unit.'
from alerts a
union all
select
  'recon_kit_alert_limit',
  jsonb_build_object('alert', a.name, 'severity', l.severity),
  l.value,
  'Value from which a row of recon.alerts is of that severity.'
from alerts a
cross join lateral (
  values ('warning', a.warning_at), ('critical', a.critical_at)
) l (severity, value)
union all
select
  'recon_kit_oldest_pending_seconds', '{}', a.value, 'Age of the oldest pending change.'
from alerts a
where a.name = 'oldest_pending'
union all
select 'recon_kit_pending_days', '{}', b.pending_days, 'Days that wait for a run.'
from recon.backlog b
union all
select
  'recon_kit_days',
  jsonb_build_object('outcome', o.outcome),
  count(d.settlement_date),
  'Days by the outcome of their last reconciliation.'
from unnest(array['reconciled', 'blocked', 'failed', 'skipped']) o (outcome)
left join recon.days d using (outcome)
group by o.outcome
union all
select
  'recon_kit_runs',
  jsonb_build_object('outcome', o.outcome),
  count(r.run_id),
  'Runs begun in the last 24 hours.'
from unnest(array['complete', 'incomplete', 'stopped', 'unfinished']) o (outcome)
left join recent_runs r using (outcome)
group by o.outcome
union all
select
  'recon_kit_repaired_cells',
  jsonb_build_object('kind', k.kind),
  k.cells,
  'Cells repaired by the runs begun in the last 24 hours.'
from repaired r
cross join lateral (
  values ('missing', r.missing), ('stale', r.stale), ('wrong', r.wrong), ('orphan', r.orphan)
) k (kind, cells)
union all
select 'recon_kit_last_run_duration_seconds', '{}', r.seconds, 'How long the last run took.'
from last_run r
union all
select
  'recon_kit_difficulty_age_seconds',
  '{}',
  greatest(
    (pg_catalog.now() at time zone 'Europe/London')::date - max(d.settlement_date), 0
  ) * 86400,
  'Time since the last date that has a difficulty.'
from recon.network_difficulties d
having count(*) > 0
union all
select
  'recon_kit_paused', '{}', (s.paused_reason is not null)::integer, 'Whether runs are paused.'
from recon.settings s;

comment on view recon.metrics is
  'What recon-kit metrics prints for Prometheus: a row per sample, all of them gauges. Made to be '
  'polled, as recon.alerts is.';
comment on column recon.metrics.name is 'Name of the metric, its unit last.';
comment on column recon.metrics.labels is 'Its labels.';
comment on column recon.metrics.value is 'Its value; null = not known.';
comment on column recon.metrics.help is 'What it is.';
