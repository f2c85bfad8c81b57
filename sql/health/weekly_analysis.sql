create or replace function recon.weekly_analysis()
returns text
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  findings as materialized (
    select row_number() over () as place, a.severity, a.subject, a.finding, a.next_step
    from recon.analyze() a
  ),
  counts as (
    select
      count(*) filter (where f.severity = 'critical') as critical,
      count(*) filter (where f.severity = 'warning') as warning,
      count(*) filter (where f.severity = 'note') as note,
      string_agg('; first: ' || concat_ws(' -> ', f.finding, f.next_step), '')
        filter (where f.place = 1) as first,
      jsonb_agg(to_jsonb(f) - 'place' order by f.place) filter (where f.place <= 20) as listed
    from findings f
  ),
  week as (
    select
      count(*) as runs,
      coalesce(sum(h.cells), 0) as cells
    from recon.run_history h
    where h.started_at >= pg_catalog.now() - interval '7 days'
      and h.planned_days > 0
  )
  insert into recon.events (happened_at, kind, severity, message, details)
  select
    clock_timestamp(),
    'weekly_analysis',
    case when c.critical > 0 then 'critical' when c.warning > 0 then 'warning' else 'note' end,
    format(
      '7 days: %s runs, %s cells repaired. Now: %s critical, %s warnings, %s notes%s',
      w.runs,
      w.cells,
      c.critical,
      c.warning,
      c.note,
      coalesce(c.first, '.')
    ),
    jsonb_build_object(
      'runs', w.runs,
      'cells', w.cells,
      'findings', coalesce(c.listed, '[]')
    )
  from counts c
  cross join week w
  returning message
$$;

comment on function recon.weekly_analysis() is
  'An event with the runs of the last 7 days and the first 20 findings of recon.analyze, so that '
  'whoever listens reads them. Returns its message.';
