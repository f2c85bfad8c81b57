-- Calls of the SQL, and what the verbs, the worker and the log look at.
-- Statements by name. Parameters are psycopg's: a percent sign is doubled.

-- name: session_settings
-- What poolers carry along for a client, and what a call, which is in no transaction, needs.
set DateStyle = 'ISO, MDY'; set TimeZone = 'UTC'; set standard_conforming_strings = on

-- name: transaction_settings
-- What else the text of a statement or of a value can depend on.
set local search_path = pg_catalog, pg_temp;
set local DateStyle = 'ISO, MDY';
set local IntervalStyle = postgres;
set local TimeZone = 'UTC';
set local standard_conforming_strings = on;
set local array_nulls = on;
set local bytea_output = hex;
set local extra_float_digits = 1;
set local quote_all_identifiers = off;
set local transform_null_equals = off

-- name: capture_gaps
select g.table_name, g.reason, g.finding, g.next_step from recon.capture_gaps() g

-- name: refresh_summaries
select recon.refresh_summaries()

-- name: unknown_migrations
select m.migration_id
from recon._yoyo_migration m
where not m.migration_id = any (%(known)s::text[])
order by m.migration_id

-- name: start_run
select recon.start_run(
  from_date => %(from_date)s, to_date => %(to_date)s, order_by => %(order_by)s, force => %(force)s
) as run_id

-- name: reconcile_batch
select * from recon.reconcile_batch(run_id => %(run_id)s, batch_days => %(batch_days)s)

-- name: finish_run
select recon.finish_run(run_id => %(run_id)s) as outcome

-- name: left_days
select h.left_days from recon.run_history h where h.run_id = %(run_id)s

-- name: run
select
  h.planned_days,
  h.left_days,
  h.unnoticed,
  recon.run_message(run_id => h.run_id) as message,
  jsonb_build_object(
    'fully_reconciled', h.fully_reconciled_days,
    'fixed', h.fixed_days,
    'partially_fixed', h.partially_fixed_days,
    'blocked', h.blocked_days,
    'failed', h.failed_days,
    'no_data', h.no_data_days
  ) as days,
  jsonb_build_object(
    'missing', h.missing, 'stale', h.stale, 'wrong', h.wrong, 'orphan', h.orphan
  ) as cells
from recon.run_history h
where h.run_id = %(run_id)s

-- name: run_problems
select d.settlement_date, d.outcome, d.reason
from recon.runs r
join recon.days d
  on d.settlement_date >= coalesce(r.from_date, '-infinity')
  and d.settlement_date <= coalesce(r.to_date, 'infinity')
where r.run_id = %(run_id)s
  and d.outcome <> 'reconciled'
order by d.settlement_date

-- name: start_sync
select * from recon.start_sync(source => %(source)s)

-- name: add_sync_page
select recon.add_sync_page(
  sync_id => %(sync_id)s, items => %(items)s, resume_key => %(resume_key)s
)

-- name: apply_sync
select *
from recon.apply_sync(
  sync_id => %(sync_id)s, date_format => %(date_format)s, since => %(since)s
)

-- name: sync_result
select s.changed, s.refused, t.difficulty_policy as policy
from recon.syncs s
cross join recon.settings t
where s.sync_id = %(sync_id)s

-- name: sync_suspects
select
  f.first_date as from_date,
  f.last_date as to_date,
  f.difficulty,
  f.kind,
  f.explanation,
  f.undecided
from recon.syncs s
cross join lateral recon.neighbourhood(s.first_date, s.last_date) n
join lateral recon.findings_between(n.first_date, n.last_date) f
  on f.last_date >= s.first_date
  and f.first_date <= s.last_date
where s.sync_id = %(sync_id)s
  and s.first_date is not null
  and f.undecided > 0
order by f.first_date

-- name: difficulty_findings
select *
from recon.difficulty_findings f
where f.to_date >= coalesce(%(from_date)s::date, '-infinity')
  and f.from_date <= coalesce(%(to_date)s::date, 'infinity')
order by f.from_date

-- name: difficulty_proposals
select p.*
from recon.proposed_difficulties p
where p.settlement_date >= coalesce(%(from_date)s::date, '-infinity')
  and p.settlement_date <= coalesce(%(to_date)s::date, 'infinity')
order by p.settlement_date

-- name: missing_unproposed
-- Dates that lack their difficulty and have none proposed, a row per reason and next step.
select
  min(m.settlement_date) as from_date,
  max(m.settlement_date) as to_date,
  m.reason as explanation,
  count(*) as undecided,
  m.next_step
from recon.missing_difficulties m
where m.settlement_date >= coalesce(%(from_date)s::date, '-infinity')
  and m.settlement_date <= coalesce(%(to_date)s::date, 'infinity')
  and m.settlement_date not in (
    select p.settlement_date from recon.proposed_difficulties p
  )
group by m.reason, m.next_step
order by from_date

-- name: accept_proposals
select *
from recon.accept_proposals(
  from_date => %(from_date)s, to_date => %(to_date)s, reason => %(reason)s
)

-- name: bad_retargets
select * from recon.bad_retargets(%(lines)s)

-- name: accept_retargets
select recon.accept_retargets(%(lines)s, %(source)s) as added

-- name: accept_difficulty
select *
from recon.accept_difficulty(
  from_date => %(from_date)s,
  to_date => %(to_date)s,
  reason => %(reason)s,
  difficulty => %(difficulty)s
)

-- name: reject_difficulty
select *
from recon.reject_difficulty(
  from_date => %(from_date)s, reason => %(reason)s, to_date => %(to_date)s
)

-- name: acknowledge_refusal
select recon.acknowledge_refusal(item => %(item)s, reason => %(reason)s)

-- name: dates_read
select
  min(d.read_date) filter (where d.has_day) as first_date,
  max(d.read_date) filter (where d.has_day) as last_date,
  count(distinct d.read_date) filter (where d.has_day) as dates,
  count(*) filter (where not d.has_day) as without_a_date
from unnest(%(date_texts)s::text[]) t (date_text)
cross join lateral (
  select p.read_date, recon.has_day(p.read_date) as has_day
  from recon.parse_date(t.date_text, %(date_format)s) p (read_date)
) d

-- name: dates_lacking
select
  w.settlement_date,
  to_char(w.settlement_date, %(date_format)s) = any (%(date_texts)s::text[]) as is_in_table
from recon.missing_difficulties w
order by w.settlement_date

-- name: take_turns
lock recon.loads in share row exclusive mode

-- name: start_load
insert into recon.loads (file_name, sha256, loaded_at)
values (%(file_name)s, %(sha256)s, pg_catalog.now())
returning load_id

-- name: start_load_again
insert into recon.loads as l (file_name, sha256, loaded_at)
values (%(file_name)s, %(sha256)s, pg_catalog.now())
on conflict on constraint file_is_loaded_once do update
set file_name = excluded.file_name,
  loaded_at = excluded.loaded_at,
  loaded_by = excluded.loaded_by
returning l.load_id

-- name: hold_records
lock public.curtailment_records in share row exclusive mode

-- name: earlier_load
select l.load_id, l.file_name, l.loaded_rows, l.loaded_at
from recon.loads l
where l.sha256 = %(sha256)s
  and l.unloaded_at is null

-- name: stage_records
copy recon.staged_records (load_id, line_no, fault, {columns}) from stdin

-- name: convert_lines
select recon.convert_lines(
  load_id => %(load_id)s, is_megawatts => %(is_megawatts)s, lacks_payments => %(lacks_payments)s
)

-- name: bad_lines
select b.line_no, b.reason from recon.bad_lines(load_id => %(load_id)s) b order by b.line_no

-- name: load_overlap
select * from recon.load_overlap(load_id => %(load_id)s)

-- name: accept_load
select recon.accept_load(load_id => %(load_id)s, replace => %(replace)s) as loaded

-- name: refused_line
select recon.refused_line(load_id => %(load_id)s, replace => %(replace)s) as line_no

-- name: loads
select
  h.load_id,
  h.file_name,
  h.loaded_at,
  h.loaded_rows,
  h.curtailed_mwh,
  h.first_date,
  h.last_date,
  h.dates,
  h.state,
  h.loaded_by
from recon.load_history h
order by h.loaded_at desc, h.load_id desc
limit %(limit)s

-- name: unload
select * from recon.unload(load_id => %(load_id)s)

-- name: stage_units
copy recon.staged_units (line_no, fault, {columns}) from stdin

-- name: bad_unit_lines
select b.line_no, b.reason from recon.bad_unit_lines() b order by b.line_no

-- name: accept_units
select * from recon.accept_units(replace => %(replace)s)

-- name: stage_totals
copy recon.staged_totals (line_no, fault, {columns}) from stdin

-- name: bad_total_lines
select b.line_no, b.reason from recon.bad_total_lines() b order by b.line_no

-- name: accept_totals
select * from recon.accept_totals()

-- name: inspect_source
select *
from recon.inspect_source(from_date => %(from_date)s, to_date => %(to_date)s, force => %(force)s)

-- name: source_issues
select *
from recon.source_issues(
  from_date => %(from_date)s, to_date => %(to_date)s, open_only => %(open_only)s
)

-- name: acknowledge_issue
select recon.acknowledge_issue(
  settlement_date => %(settlement_date)s,
  kind => %(kind)s,
  reason => %(reason)s,
  subject => %(subject)s,
  to_date => %(to_date)s
)

-- name: source_trends
select * from recon.source_trends(days => %(days)s)

-- name: incomplete_days
select * from recon.incomplete_days()

-- name: next_run
select * from recon.next_run()

-- name: status
select * from recon.status()

-- name: problem_days
-- A day that waits for a person has no time of its next attempt; infinity is no time in Python.
select
  p.settlement_date,
  p.state,
  p.reason,
  p.attempts,
  nullif(p.next_attempt_at, 'infinity') as next_attempt_at,
  p.next_step
from recon.problem_days p
order by p.settlement_date

-- name: gaps
select *
from recon.gaps(from_date => %(from_date)s, to_date => %(to_date)s)
order by settlement_date, settlement_period, farm_id, miner_model

-- name: first_gaps
-- The first cells, of the first days that have so many.
select
  g.settlement_date as date,
  g.settlement_period as period,
  g.farm_id as farm,
  g.miner_model as model,
  g.kind,
  g.expected_btc,
  g.stored_btc
from recon.gaps(from_date => %(from_date)s, to_date => %(to_date)s) g
order by g.settlement_date, g.settlement_period, g.farm_id, g.miner_model
limit %(limit)s

-- name: recent_range
select r.from_date from recon.recent_range(days => %(days)s) r

-- name: gap_counts
select
  c.settlement_date as date,
  c.kind,
  c.cells,
  sum(c.cells) over (order by c.settlement_date) as cells_so_far
from recon.gap_counts(from_date => %(from_date)s, to_date => %(to_date)s) c
order by c.settlement_date, c.kind

-- name: runs
select
  h.run_id,
  h.started_at,
  coalesce(h.finished_at, h.last_day_at, h.started_at) - h.started_at as took,
  coalesce(h.outcome, 'unfinished') as outcome,
  h.planned_days,
  h.left_days,
  h.partially_fixed_days,
  h.blocked_days,
  h.failed_days,
  h.missing,
  h.stale,
  h.wrong,
  h.orphan,
  h.started_by
from recon.run_history h
order by h.run_id desc
limit %(limit)s

-- name: run_detail
select h.* from recon.run_history h where h.run_id = %(run_id)s

-- name: run_results
select
  d.settlement_date,
  coalesce(d.result, 'left') as result,
  d.missing,
  d.stale,
  d.wrong,
  d.orphan,
  d.setbacks,
  d.duration,
  d.reason
from recon.day_results d
where d.run_id = %(run_id)s
order by d.finished_at, d.settlement_date

-- name: latest_run
select max(r.run_id) as run_id from recon.runs r

-- name: run_progress
select
  h.run_id,
  h.outcome,
  h.planned_days,
  h.planned_days - h.left_days as done_days,
  h.missing,
  h.stale,
  h.wrong,
  h.orphan,
  recon.run_message(run_id => h.run_id) as message,
  extract(epoch from clock_timestamp() - coalesce(h.last_day_at, h.started_at)) as silent_seconds
from recon.run_history h
where h.run_id = %(run_id)s

-- name: require_resumable
select recon.require_resumable(run_id => %(run_id)s)

-- name: require_not_stopped
select recon.require_not_stopped(run_id => %(run_id)s)

-- name: plan
select *
from recon.plan(
  from_date => %(from_date)s,
  to_date => %(to_date)s,
  force => %(force)s,
  order_by => %(order_by)s
)

-- name: start_critical_run
select recon.start_run(
  from_date => %(settlement_date)s,
  to_date => %(settlement_date)s,
  order_by => 'recent',
  force => true
)

-- name: require_not_skipped
select recon.require_not_skipped(%(settlement_date)s)

-- name: periods_with_gaps
select recon.periods_with_gaps(%(settlement_date)s)

-- name: is_paused
select recon.is_paused()

-- name: attempt_period
select recon.attempt_period(
  settlement_date => %(settlement_date)s,
  settlement_period => %(period)s,
  run_id => %(run_id)s,
  attempts => %(attempts)s
)

-- name: finish_critical
select recon.finish_critical(%(settlement_date)s, %(run_id)s)

-- name: run_message
select recon.run_message(%(run_id)s)

-- name: critical_days
select recon.critical_days(max_dates => %(max_dates)s)

-- name: plan_critical
select p.*
from unnest(recon.critical_days(max_dates => %(max_dates)s)) with ordinality d (settlement_date, n)
cross join lateral recon.plan(d.settlement_date, d.settlement_date, true) p
order by d.n

-- name: spot_fix
select *
from recon.spot_fix(
  settlement_date => %(settlement_date)s,
  settlement_period => %(settlement_period)s,
  farm_id => %(farm_id)s
)

-- name: plan_spot_fix
select x.miner_model, x.verdict as kind, x.stored_btc as btc_before, x.expected_btc as btc_after
from recon.explain(
  settlement_date => %(settlement_date)s,
  settlement_period => %(settlement_period)s,
  farm_id => %(farm_id)s
) x
where x.verdict <> 'right'

-- name: scrub
call recon.scrub(budget => %(budget)s)

-- name: verify
select *
from recon.verify(from_date => %(from_date)s, to_date => %(to_date)s, depth => %(depth)s)

-- name: month_range
select * from recon.month_range(year_month => %(year_month)s)

-- name: verify_recent
select * from recon.verify_recent(days => %(days)s)

-- name: require_known_date
select recon.require_known_date(settlement_date => %(settlement_date)s)

-- name: is_empty
-- Whether a range has no day with data, so that nothing found means nothing.
select t.days = t.no_data as is_empty
from recon.day_totals(%(from_date)s, %(to_date)s) t

-- name: explain
select *
from recon.explain(
  settlement_date => %(settlement_date)s,
  settlement_period => %(settlement_period)s,
  farm_id => %(farm_id)s
)

-- name: pause
select recon.pause(reason => %(reason)s)

-- name: resume
select recon.resume()

-- name: confirm
select recon.confirm(run_id => %(run_id)s)

-- name: reconcile_date
call recon.reconcile_date(settlement_date => %(settlement_date)s)

-- name: retry_day
select recon.retry_day(settlement_date => %(settlement_date)s)

-- name: skip_day
select recon.skip_day(settlement_date => %(settlement_date)s, reason => %(reason)s)

-- name: prune_history
select * from recon.prune_history(keep => %(keep)s)

-- name: analyze
select * from recon.analyze(max_days => %(max_days)s)

-- name: session_problems
select s.severity, 'sessions' as subject, s.finding, s.next_step from recon.session_problems s

-- name: doctor
select * from recon.doctor()

-- name: connection
-- What this connection is, seen from the server.
select
  pg_backend_pid() as backend_pid,
  current_database() as database,
  to_regnamespace('recon') is not null as has_schema,
  coalesce(has_schema_privilege(to_regnamespace('recon'), 'usage'), false) as may_look,
  extract(epoch from clock_timestamp() - %(now)s)::float as seconds_ahead

-- name: backend_pid
select pg_backend_pid() as backend_pid

-- name: migrations_to_come
select t.migration_id
from unnest(%(known)s::text[]) t (migration_id)
where not exists (
  select from recon._yoyo_migration m where m.migration_id = t.migration_id
)
order by t.migration_id

-- name: other_code
-- Routines and views whose text is not that of these files, or that these files do not have.
with
files as (
  select
    (regexp_match(f, '(?n)^create or replace (?:function|procedure|view) recon\.(\w+)'))[1] as name,
    (regexp_match(f, '\nas \$\$(.*)\$\$;'))[1] as body
  from unnest(%(files)s::text[]) f
),
stored as (
  select p.proname::text as name, p.prosrc as body
  from pg_proc p
  where p.pronamespace = 'recon'::regnamespace
  union all
  select c.relname, null
  from pg_class c
  where c.relnamespace = 'recon'::regnamespace
    and c.relkind = 'v'
)
select
  name,
  case
    when s.name is null then 'absent'
    when f.name is null then 'unknown'
    else 'different'
  end as fault
from (select f.name, f.body from files f where f.name is not null) f
full join stored s using (name)
where f.name is null
  or s.name is null
  or f.body is distinct from s.body
order by name

-- name: schedule_jobs
select * from recon.schedule_jobs()

-- name: set_job_time
select recon.set_job_time(job => %(job)s, schedule => %(schedule)s)

-- name: unschedule_jobs
select * from recon.unschedule_jobs()

-- name: session_is_idle
-- A row where a session of ours, which awaits an answer, has nothing to do any more.
select a.pid
from pg_stat_activity a
where a.pid = %(pid)s
  and a.usename = current_user
  and a.application_name like 'recon-kit%%'
  and a.state = 'idle'

-- name: listen_events
listen recon_events

-- name: events_since
select recon.event_document(e) as event
from recon.events e
where e.happened_at >= pg_catalog.now() - %(since)s::interval
order by e.event_id

-- name: events
select e.happened_at, e.severity, e.kind, e.message
from recon.events e
where e.happened_at >= pg_catalog.now() - %(since)s::interval
order by e.event_id

-- name: lock_posts
select w.advisory_key, pg_try_advisory_lock(1919247215, w.advisory_key) as is_ours
from recon.require_webhook(webhook => %(webhook)s) w

-- name: unlock_posts
select pg_advisory_unlock(1919247215, %(advisory_key)s)

-- name: claim_post
select *
from recon.claim_post(
  severity => %(severity)s,
  since => %(since)s::interval,
  max_events => %(max_events)s,
  webhook => %(webhook)s,
  public_url => %(public_url)s
)

-- name: finish_post
select recon.finish_post(post_id => %(post_id)s, webhook => %(webhook)s)

-- name: webhooks
select s.webhook, s.severity, s.posted_at, s.unsent_since
from recon.webhook_status s
order by s.webhook

-- name: require_webhook
select w.severity from recon.require_webhook(webhook => %(webhook)s) w

-- name: set_webhook
select recon.set_webhook(webhook => %(webhook)s, severity => %(severity)s)

-- name: remove_webhook
select recon.remove_webhook(webhook => %(webhook)s)

-- name: has_work
select recon.has_work() as has_work

-- name: jobs
select j.job, j.schedule, j.command
from recon.jobs j
where j.runs_in <> 'pg_cron'
order by j.job

-- name: bound_time
-- Whoever polls is answered soon, or told why not.
select set_config('statement_timeout', '5s', true)

-- name: alerts
select * from recon.alerts

-- name: metrics
select m.name, m.labels, m.value, m.help
from recon.metrics m
where m.value is not null
order by m.name, m.labels

-- name: set_alert_limit
select recon.set_alert_limit(
  name => %(alert)s, warning_at => %(warning_at)s, critical_at => %(critical_at)s
)

-- name: state_stamp
-- Another value once something that a page shows has changed, from the versions of a few rows.
select concat_ws(
  ' ',
  (select max(e.event_id) from recon.events e),
  (select concat_ws(':', count(*), sum(d.xmin::text::bigint)) from recon.days d),
  (
    select concat_ws(':', count(*), sum(p.settlement_date - date '2000-01-01'), sum(c.change_id))
    from recon.pending_days p
    cross join lateral (
      select max(c.change_id) as change_id
      from recon.changes c
      where c.settlement_date = p.settlement_date
    ) c
  ),
  (
    select string_agg(concat_ws(':', r.run_id, r.xmin), ',' order by r.run_id)
    from (select r.run_id, r.xmin from recon.runs r order by r.run_id desc limit 10) r
  ),
  (select sum(s.xmin::text::bigint) from recon.settings s),
  (select concat_ws(':', count(*), sum(f.xmin::text::bigint)) from recon.source_findings f),
  (select max(s.inspected_at) from recon.source_days s),
  (select concat_ws(':', count(*), sum(d.xmin::text::bigint)) from recon.difficulty_decisions d),
  (select max(s.sync_id) from recon.syncs s),
  exists (select from recon.summary_changes)
) as stamp

-- name: day
-- A date as it stands, whether or not anything is known of it, and the days beside it.
select
  t.settlement_date,
  coalesce(s.state, 'no_data') as state,
  s.reason,
  s.pending_since,
  s.source_rows,
  s.curtailed_mwh,
  s.calculations,
  s.attempts,
  nullif(s.next_attempt_at, 'infinity') as next_attempt_at,
  s.run_id,
  s.reconciled_at,
  s.verified_at,
  p.next_step,
  (
    select max(b.settlement_date) from recon.day_status b where b.settlement_date < t.settlement_date
  ) as day_before,
  (
    select min(a.settlement_date) from recon.day_status a where a.settlement_date > t.settlement_date
  ) as day_after
from (select %(settlement_date)s::date as settlement_date) t
left join recon.day_status s on s.settlement_date = t.settlement_date
left join recon.problem_days p on p.settlement_date = t.settlement_date
