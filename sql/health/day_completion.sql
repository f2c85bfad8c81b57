-- Cells that should not exist count like those that should: 100 % means that nothing is left to do
-- to a cell. Cut off, so that one cell short is never 100 %; no data is no share at all.
create or replace function recon.day_completion(
  from_date date default null,
  to_date date default null
)
returns table (
  settlement_date date,
  state text,
  reason text,
  class text,
  completion numeric,
  right_cells bigint,
  cells bigint
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
as $$
  with
  days as materialized (
    select
      s.settlement_date,
      s.state,
      s.reason,
      s.settlement_date in (
        select m.settlement_date from recon.missing_difficulties m
      ) as has_no_difficulty
    from recon.day_status s
    where s.state in ('pending', 'blocked', 'failed', 'skipped')
      and s.settlement_date >= coalesce(day_completion.from_date, '-infinity')
      and s.settlement_date <= coalesce(day_completion.to_date, 'infinity')
      and recon.require_range(day_completion.from_date, day_completion.to_date)
  )
  select
    d.settlement_date,
    d.state,
    coalesce(
      case when d.has_no_difficulty then recon.day_obstacle(d.settlement_date) end, d.reason
    ),
    case
      when p.completion < 50 then 'critical'
      when p.completion < 95 then 'partial'
      when p.completion <= 100 then 'almost complete'
      else 'no data'
    end,
    p.completion,
    c.right_cells,
    case when not d.has_no_difficulty then c.cells end
  from days d
  cross join lateral (
    select count(*) filter (where c.kind is null) as right_cells, count(*) as cells
    from recon.day_cells(d.settlement_date) c
    where not d.has_no_difficulty
  ) c
  cross join lateral (
    select case
      when d.has_no_difficulty then 0
      else trunc(100.0 * c.right_cells / nullif(c.cells, 0), 1)
    end as completion
  ) p
$$;

comment on function recon.day_completion(date, date) is
  'How far each day is that is pending, blocked, failed or skipped: the share of its cells, stored '
  'or expected, that are right, in %, and its class: critical (under 50 %), partial, almost '
  'complete (95 % or more), or no data where it has no cell. Nothing is right on a day without '
  'difficulty, and its cells are not counted (null). Dates are inclusive, null is no bound. Error '
  '22023 where from_date is after to_date.';
