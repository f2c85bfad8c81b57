create or replace function recon.plan(
  from_date date default null,
  to_date date default null,
  force boolean default false,
  order_by text default 'usual'
)
returns table (
  settlement_date date,
  result text,
  missing bigint,
  stale bigint,
  wrong bigint,
  orphan bigint,
  curtailed_mwh numeric,
  expected_duration interval
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
    recon.day_result(
      case
        when e.curtailed_mwh > 0 and o.obstacle is not null or g.invalid > 0 then 'blocked'
        else 'reconciled'
      end,
      g.missing + g.stale + g.wrong + g.orphan,
      e.source_rows
    ),
    g.missing,
    g.stale,
    g.wrong,
    g.orphan,
    e.curtailed_mwh,
    c.per_day
  from recon.planned_days(plan.from_date, plan.to_date, plan.order_by, plan.force) p
  cross join pace c
  cross join lateral (
    select
      coalesce(sum(e.curtailed_mwh) filter (where e.is_valid), 0) as curtailed_mwh,
      coalesce(sum(e.source_rows), 0) as source_rows
    from recon.curtailed_energy e
    where e.settlement_date = p.settlement_date
  ) e
  cross join lateral (
    select case when e.curtailed_mwh > 0 then recon.day_obstacle(p.settlement_date) end as obstacle
  ) o
  cross join lateral (
    select
      count(*) filter (where g.kind = 'missing' and o.obstacle is null) as missing,
      count(*) filter (where g.kind = 'stale' and o.obstacle is null) as stale,
      count(*) filter (where g.kind = 'wrong' and o.obstacle is null) as wrong,
      count(*) filter (where g.kind = 'orphan' and o.obstacle is null) as orphan,
      count(*) filter (where g.kind = 'invalid_source') as invalid
    from recon.day_gaps(p.settlement_date) g
  ) g
  where recon.require_range(plan.from_date, plan.to_date)
    and recon.require_order(plan.order_by)
  order by p.place
$$;

comment on function recon.plan(date, date, boolean, text) is
  'What a run over this range would do now, a row per day in the order of the run, writing '
  'nothing: the result (see recon.day_results), cells it would insert, update and delete by kind, '
  'energy in MWh, and how long a day has taken lately. Error 22023 for what it cannot use.';
