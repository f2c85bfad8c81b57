create or replace function recon.plan(
  from_date date default null,
  to_date date default null,
  force boolean default false,
  order_by text default 'usual'
)
returns table (
  settlement_date date,
  outcome text,
  missing bigint,
  stale bigint,
  wrong bigint,
  orphan bigint,
  curtailed_mwh numeric,
  expected_duration interval,
  result text
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
as $$
  with
  pace as (
    select avg(t.duration) as per_day
    from (
      select d.duration
      from recon.run_days d
      where d.outcome = 'reconciled'
        and d.duration is not null
      order by d.run_id desc, d.position desc
      limit 500
    ) t
  )
  select
    p.settlement_date,
    o.outcome,
    g.missing,
    g.stale,
    g.wrong,
    g.orphan,
    d.curtailed_mwh,
    c.per_day,
    recon.day_result(o.outcome, g.missing + g.stale + g.wrong + g.orphan, d.source_rows)
  from recon.planned_days(plan.from_date, plan.to_date, plan.order_by, plan.force) p
  cross join pace c
  cross join lateral recon.compare_day(p.settlement_date, false) d
  cross join lateral (
    select case when d.curtailed_mwh > 0 then recon.day_obstacle(p.settlement_date) end as obstacle
  ) w
  cross join lateral (
    select case when w.obstacle is not null or d.is_held then 'blocked' else 'reconciled' end
      as outcome
  ) o
  cross join lateral (
    select
      count(*) filter (where g.kind = 'missing') as missing,
      count(*) filter (where g.kind = 'stale') as stale,
      count(*) filter (where g.kind = 'wrong') as wrong,
      count(*) filter (where g.kind = 'orphan') as orphan
    from unnest(d.gaps) g
    where w.obstacle is null
  ) g
  where recon.require_range(plan.from_date, plan.to_date)
    and recon.require_order(plan.order_by)
  order by p.place
$$;

comment on function recon.plan(date, date, boolean, text) is
  'What a run over this range would do now, a row per day in the order of the run, writing '
  'nothing: reconciled or blocked, cells it would insert, update and delete by kind, energy in '
  'MWh, how long a day has taken lately, and the result (see recon.day_results). '
  'Error 22023 for what it cannot use.';
