-- The figures of the report.
-- Statements by name. Parameters are psycopg's: a percent sign is doubled.

-- name: see_one_moment
set transaction isolation level repeatable read, read only

-- name: report_status
select t.*, f.summaries_off, u.undated_rows as undated_records
from recon.day_totals(%(from_date)s, %(to_date)s) t
join recon.undated_rows() u on u.finding = 'undated_records'
cross join (
  select count(*) as summaries_off
  from recon.summary_findings(%(from_date)s, %(to_date)s)
) f

-- name: report_models
select
  m.miner_model,
  sum(m.days)::bigint as days,
  sum(m.calculations)::bigint as calculations,
  sum(m.curtailed_mwh) as curtailed_mwh,
  sum(m.bitcoin_mined) as bitcoin_mined
from recon.report_months(from_date => %(from_date)s, to_date => %(to_date)s) m
group by m.miner_model
order by m.miner_model

-- name: report_months
select * from recon.report_months(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_days
select * from recon.report_days(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_problems
select
  p.settlement_date,
  p.state,
  p.reason,
  p.attempts,
  nullif(p.next_attempt_at, 'infinity') as next_attempt_at,
  p.next_step
from recon.problem_days p
where p.settlement_date >= coalesce(%(from_date)s::date, '-infinity')
  and p.settlement_date <= coalesce(%(to_date)s::date, 'infinity')
order by p.settlement_date

-- name: report_repairs
-- Cells repaired, by the month they are of. What a first run inserts was missing too.
select
  to_char(d.settlement_date, 'YYYY-MM') as year_month,
  count(distinct d.run_id) as runs,
  sum(d.missing) as missing,
  sum(d.stale) as stale,
  sum(d.wrong) as wrong,
  sum(d.orphan) as orphan
from recon.day_results d
where d.cells > 0
  and d.settlement_date >= coalesce(%(from_date)s::date, '-infinity')
  and d.settlement_date <= coalesce(%(to_date)s::date, 'infinity')
group by 1
order by 1

-- name: report_runs
select * from recon.report_runs(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_verdict
select * from recon.report_verdict(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_actions
select * from recon.report_actions(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_calendar
select * from recon.report_calendar(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_energy
select
  to_char(c.settlement_date, 'YYYY-MM') as year_month,
  count(*) as days,
  coalesce(sum(c.curtailed_mwh), 0) as curtailed_mwh,
  count(*) filter (where c.state not in ('reconciled', 'no_data')) as open_days
from recon.report_calendar(from_date => %(from_date)s, to_date => %(to_date)s) c
group by 1
order by 1

-- name: report_top
select * from recon.report_top(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_repaired
select * from recon.report_repairs(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_gaps
select * from recon.report_gaps(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_inspection
select count(d.inspected_at) as days, max(d.inspected_at) as last_at
from recon.source_days d
where d.settlement_date >= coalesce(%(from_date)s::date, '-infinity')
  and d.settlement_date <= coalesce(%(to_date)s::date, 'infinity')

-- name: report_source
select * from recon.source_issues(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_difficulty
select * from recon.report_difficulty(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: curtailment_sums
select *
from recon.curtailment_sums(
  by => %(by)s::text[],
  from_date => %(from_date)s,
  to_date => %(to_date)s,
  farm => %(farm)s,
  lead_party => %(lead_party)s
)
