-- What the live page looks at.
-- Statements by name. Parameters are psycopg's: a percent sign is doubled.

-- name: periods_in_day
select recon.settlement_periods_in_day(%(settlement_date)s) as periods

-- name: runs_in_progress
-- Runs without an end that were heard of within the hour; the others were killed.
select
  h.run_id,
  h.planned_days,
  h.planned_days - h.left_days as done_days,
  h.missing,
  h.stale,
  h.wrong,
  h.orphan,
  round(
    extract(epoch from coalesce(h.last_day_at, h.started_at) - h.started_at)
    * h.left_days / nullif(h.planned_days - h.left_days, 0)
  ) as seconds_left,
  round(
    extract(epoch from pg_catalog.now() - coalesce(h.last_day_at, h.started_at))
  ) as silent_seconds
from recon.run_history h
where h.run_id > (select max(r.run_id) - 20 from recon.runs r)
  and h.finished_at is null
  and coalesce(h.last_day_at, h.started_at) > pg_catalog.now() - interval '1 hour'
  and h.planned_days > 0
order by h.run_id desc

-- name: latest_events
select
  e.event_id, e.happened_at, e.severity, e.kind, e.run_id, e.settlement_date, e.message
from recon.events e
order by e.event_id desc
limit %(limit)s

-- name: run_is_named
-- A run whose history was forgotten is named by what it did.
select
  exists (select from recon.days d where d.run_id = %(run_id)s)
  or exists (select from recon.repairs p where p.run_id = %(run_id)s)
  or exists (select from recon.events e where e.run_id = %(run_id)s) as is_named

-- name: run_days
-- The days of a run, those that wait for something first.
select
  r.settlement_date,
  coalesce(r.result, 'left') as result,
  r.reason,
  r.missing,
  r.stale,
  r.wrong,
  r.orphan,
  extract(epoch from r.duration) as seconds,
  coalesce(r.result, 'left') not in ('fully_reconciled', 'fixed', 'no_data') as is_off,
  count(*) over () as days
from recon.day_results r
where r.run_id = %(run_id)s
order by is_off desc, r.settlement_date
limit %(limit)s

-- name: run_events
-- The log of a run, from its start.
select e.happened_at, e.severity, e.kind, e.run_id, e.settlement_date, e.message
from recon.events e
where e.run_id = %(run_id)s
order by e.event_id

-- name: day_is_named
-- A date before the first record is named by its difficulty, and by what was told of it.
select
  exists (
    select from recon.network_difficulties n where n.settlement_date = %(settlement_date)s
  )
  or exists (
    select from recon.difficulty_refusals f where f.settlement_date = %(settlement_date)s
  )
  or exists (
    select from recon.events e where e.settlement_date = %(settlement_date)s
  ) as is_named

-- name: day_summaries
select d.miner_model, d.bitcoin_mined, d.calculations
from recon.daily_sums d
where d.summary_date = %(settlement_date)s
order by d.miner_model

-- name: day_runs
select
  r.run_id,
  r.finished_at,
  coalesce(r.result, 'left') as result,
  r.reason,
  r.missing,
  r.stale,
  r.wrong,
  r.orphan,
  extract(epoch from r.duration) as seconds
from recon.day_results r
where r.settlement_date = %(settlement_date)s
order by r.run_id desc
limit %(limit)s

-- name: day_repairs
-- The latest cells repaired of a date, or of one period and farm of it.
select
  p.repaired_at,
  p.run_id,
  p.settlement_period,
  p.farm_id,
  p.miner_model,
  p.kind,
  p.bitcoin_mined_before,
  p.bitcoin_mined_after,
  count(*) over () as repairs
from recon.repairs p
where p.settlement_date = %(settlement_date)s
  and p.settlement_period = coalesce(%(settlement_period)s::integer, p.settlement_period)
  and p.farm_id = coalesce(%(farm_id)s::text, p.farm_id)
order by p.repair_id desc
limit %(limit)s

-- name: day_issues
-- What the rules found in a date and nobody has cleared, what was acknowledged last.
select f.kind, f.subject, f.severity, f.periods, f.evidence, f.next_step, f.state, f.reason
from recon.source_issues(
  from_date => %(settlement_date)s, to_date => %(settlement_date)s, open_only => false
) f
where f.state <> 'cleared'
order by f.state desc, array_position(array['critical', 'warning', 'note'], f.severity), f.kind

-- name: day_neighbours
select *
from recon.report_days(
  from_date => recon.clamp_date(%(settlement_date)s::date - %(days)s::integer),
  to_date => recon.clamp_date(%(settlement_date)s::date + %(days)s::integer)
)

-- name: source_records
select * from recon.source_records(%(settlement_date)s, %(settlement_period)s, %(farm_id)s)

-- name: day_periods
-- Each half hour that the day has, and those that it has not and that have cells all the same.
select
  settlement_period,
  case when settlement_period between 1 and 50 then
    to_char(
      (
        %(settlement_date)s::timestamp at time zone 'Europe/London'
        + (settlement_period - 1) * interval '30 minutes'
      ) at time zone 'Europe/London',
      'HH24:MI'
    )
  end as begins_at,
  count(f.farm_id) as farms,
  sum(f.curtailed_mwh) as curtailed_mwh,
  coalesce(sum(f.cells), 0)::bigint as cells,
  coalesce(sum(f.gaps), 0)::bigint as gaps
from (
  select
    c.settlement_period,
    c.farm_id,
    coalesce(max(c.curtailed_mwh) filter (where c.verdict <> 'invalid_source'), 0) as curtailed_mwh,
    count(*) as cells,
    count(*) filter (where c.verdict <> 'right') as gaps
  from recon.judged_cells(settlement_date => %(settlement_date)s) c
  group by c.settlement_period, c.farm_id
) f
full join generate_series(
  1, recon.settlement_periods_in_day(%(settlement_date)s)
) p (settlement_period) using (settlement_period)
group by settlement_period
order by settlement_period

-- name: period_cells
select
  c.farm_id,
  c.miner_model,
  c.verdict,
  c.stored_btc,
  c.curtailed_mwh,
  bool_or(c.verdict <> 'right') over (partition by c.farm_id) as is_off,
  dense_rank() over (order by c.farm_id) as farm_no
from recon.judged_cells(settlement_date => %(settlement_date)s) c
where c.settlement_period is not distinct from %(settlement_period)s
order by c.farm_id, c.miner_model
