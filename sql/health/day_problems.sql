create or replace function recon.day_problems(max_days integer)
returns table (
  place bigint,
  severity text,
  subject text,
  settlement_date date,
  completion numeric,
  finding text,
  next_step text
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  ranked as (
    select
      d.settlement_date,
      d.state,
      d.reason,
      d.class,
      d.completion,
      d.right_cells,
      d.cells,
      v.severity,
      row_number() over (
        order by
          array_position(array['critical', 'warning', 'note'], v.severity),
          d.completion,
          d.cells - d.right_cells desc,
          d.settlement_date desc
      ) as place
    from recon.day_completion(null, null) d
    cross join lateral (
      select case
        when d.state = 'skipped' then 'note'
        when d.class = 'critical' then 'critical'
        when d.class = 'partial' or d.state in ('blocked', 'failed') then 'warning'
        else 'note'
      end as severity
    ) v
    where d.state = 'skipped'
      or d.cells > 0
      or d.cells = 0 and d.state <> 'pending'
  )
  select
    r.place,
    r.severity,
    'day ' || r.settlement_date,
    r.settlement_date,
    r.completion,
    coalesce(r.completion || ' % right (' || r.class || '), ', 'no data, ') || r.state
      || coalesce(': ' || r.right_cells || ' of ' || r.cells || ' cells', '')
      || coalesce('; ' || r.reason, ''),
    coalesce(
      p.next_step, recon.next_step('pending', r.settlement_date, r.settlement_date)
    )
  from ranked r
  left join recon.problem_days p using (settlement_date)
  where r.place <= coalesce(day_problems.max_days, r.place)
  union all
  select
    min(r.place),
    r.severity,
    'days',
    (array_agg(r.settlement_date order by r.place))[1],
    min(r.completion),
    coalesce(min(r.completion) || ' % right or more (' || r.class || '), ', 'no data, ')
      || format(
        '%s: %s more days, %s to %s',
        r.state,
        count(*),
        min(r.settlement_date),
        max(r.settlement_date)
      ),
    case
      when r.state = 'pending' then 'recon-kit reconcile'
      else 'select * from recon.day_completion()'
    end
  from ranked r
  where r.place > day_problems.max_days
  group by r.severity, r.class, r.state
$$;

comment on function recon.day_problems(integer) is
  'The days that are not reconciled, worst first: the first max_days of them (null: all) a row '
  'each, the others a row per class and state. Those without difficulty are in '
  'recon.missing_difficulties, but for the skipped ones.';
