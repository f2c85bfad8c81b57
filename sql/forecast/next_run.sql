create or replace function recon.next_run()
returns table (
  pending_days bigint,
  pending_cells numeric,
  new_days numeric,
  backlog_days numeric,
  seconds_per_day numeric,
  run_seconds numeric
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  models as (
    select count(*) as models from recon.miner_models m where m.is_active
  ),
  pending as (
    select
      count(*) as days,
      sum(coalesce(
        d.cells,
        (select percentile_cont(0.5) within group (order by o.cells) from recon.source_days o),
        0
      ))::numeric as cells
    from recon.pending_days p
    left join recon.source_days d on d.settlement_date = p.settlement_date
  ),
  worked as (
    select d.settlement_date, d.finished_at, d.duration
    from recon.run_days d
    where d.finished_at > recon.now() - interval '14 days'
      and d.outcome in ('reconciled', 'blocked')
  ),
  arrivals as (
    select percentile_cont(0.5) within group (order by coalesce(a.days, 0))::numeric as days
    from generate_series(1, 14) n
    left join (
      select
        recon.today() - (w.finished_at at time zone 'Europe/London')::date as age,
        count(distinct w.settlement_date) as days
      from worked w
      group by 1
    ) a on a.age = n
  ),
  pace as (
    select
      percentile_cont(0.5)
        within group (order by extract(epoch from w.duration))::numeric as seconds
    from worked w
  )
  select
    p.days,
    coalesce(p.cells, 0) * m.models,
    a.days,
    p.days + a.days,
    round(c.seconds, 3),
    round(p.days * c.seconds, 1)
  from pending p
  cross join models m
  cross join arrivals a
  cross join pace c
$$;

comment on function recon.next_run() is
  'What the next run will meet: days pending now and their cells, days that become pending in a '
  'day (the median of the last 14), the backlog of a day from now if none runs, seconds per day '
  '(the median of the last 14 days) and for all that is pending, by one worker. Seconds are null '
  'where nothing was done in 14 days.';
