-- Runs with the rights of the caller, as the sessions of others show only to some roles.
create or replace function recon.analyze(max_days integer default 10)
returns table (
  severity text,
  subject text,
  settlement_date date,
  completion numeric,
  finding text,
  next_step text
)
language sql stable
set search_path = pg_catalog, pg_temp
set row_security = off
set lock_timeout = '5s'
as $$
  with
  problems (place, n, severity, subject, settlement_date, completion, finding, next_step) as (
    select 0, row_number() over (), 'critical', g.table_name, null::date, null::numeric, g.finding,
      g.next_step
    from recon.capture_gaps() g
    union all
    select
      1,
      d.settlement_date - date '2000-01-01',
      d.severity,
      'difficulty',
      d.settlement_date,
      d.completion,
      d.finding,
      d.next_step
    from recon.difficulty_problems d
    union all
    select
      2,
      d.place,
      d.severity,
      d.subject,
      d.settlement_date,
      d.completion,
      d.finding,
      d.next_step
    from recon.day_problems(max_days) d
    union all
    select 2, 0, c.outcome, c.subject, null, null, c.finding, c.next_step
    from recon.date_checks c
    where c.outcome <> 'ok'
    union all
    select 3, h.run_id, h.severity, 'runs', null, null, h.finding, h.next_step
    from recon.halted_runs h
    union all
    select 4, s.pid, s.severity, 'sessions', null, null, s.finding, s.next_step
    from recon.session_problems s
    union all
    select
      5,
      row_number() over (order by t.total_bytes desc),
      t.severity,
      t.table_name,
      null,
      null,
      t.finding,
      t.next_step
    from recon.table_health t
    where t.severity is not null
    union all
    select
      6,
      row_number() over (order by o.last_date desc, o.kind),
      o.severity,
      'source',
      o.last_date,
      null,
      o.kind || ', ' || o.finding,
      o.next_step
    from recon.source_problems o
  )
  select p.severity, p.subject, p.settlement_date, p.completion, p.finding, p.next_step
  from problems p
  order by
    array_position(array['critical', 'warning', 'note'], p.severity),
    p.place,
    p.n
$$;

comment on function recon.analyze(integer) is
  'What is wrong and what to do about it, worst first (critical, warning, note): changes that '
  'pass unnoticed; dates without difficulty, or with a suspect one; records of no day; days not '
  'reconciled, with the share of their cells that is right in % (max_days of them, null for all, '
  'the others counted); halted runs; sessions that block or run long; tables that need care; '
  'issues of the source. Error 55P03 at a locked table.';
