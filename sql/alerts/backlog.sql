-- Days that have failed or are skipped wait for a person, not for a run. A change of every date
-- stands for the days there are; where there is nothing at all, it stands for none.
create or replace view recon.backlog as
with recursive
changed as materialized (
  select c.settlement_date, c.changed_at
  from recon.changed_dates c
  where not exists (
    select from recon.days d
    where d.settlement_date = c.settlement_date
      and d.outcome in ('failed', 'skipped')
  )
    and (
      c.settlement_date > '-infinity'
      or exists (select from public.curtailment_records)
      or exists (select from public.historical_bitcoin_calculations)
      or exists (select from recon.days)
    )
),
oldest as (
  select c.settlement_date, c.changed_at
  from changed c
  order by c.changed_at, c.settlement_date
  limit 1
),
busy_runs as (
  select max(d.run_id) as run_id, 1 as n from recon.run_days d
  union all
  select (select max(d.run_id) from recon.run_days d where d.run_id < b.run_id), b.n + 1
  from busy_runs b
  where b.run_id is not null
    and b.n < 20
),
planned as (
  select t.days
  from busy_runs b
  cross join lateral (
    select count(*) as days
    from (select from recon.run_days d where d.run_id = b.run_id limit 1000) d
  ) t
  where b.run_id is not null
)
select
  greatest(
    (select count(*) from changed c where c.settlement_date > '-infinity'),
    (
      select count(*)
      from recon.days d
      where exists (select from changed c where c.settlement_date = '-infinity')
    )
  ) as pending_days,
  o.settlement_date as oldest_date,
  o.changed_at as pending_since,
  u.runs,
  u.usual_days
from (
  select count(*) as runs, percentile_disc(0.5) within group (order by p.days) as usual_days
  from planned p
) u
left join oldest o on true;

comment on view recon.backlog is
  'One row: what is pending, and how much is usual: the median of what the last 20 runs that had '
  'any day to do set out to do, of which 1000 days are counted at most.';
comment on column recon.backlog.pending_days is
  'Days that are pending and neither failed nor skipped; where every date has changed, all that '
  'any run has seen.';
comment on column recon.backlog.oldest_date is
  'The day whose change is the oldest; -infinity = every one, null = nothing is pending.';
comment on column recon.backlog.pending_since is 'When that change was made.';
comment on column recon.backlog.runs is 'Runs that had a day to do, 20 at most.';
comment on column recon.backlog.usual_days is 'Days that were usual for them; null without a run.';
