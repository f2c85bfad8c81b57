-- Every 2016 blocks, aimed at 14 days, the protocol sets a new difficulty: a step function. It is
-- the old one x 14 days / the time they took, so a step shows how long an epoch was: since 2016
-- between 11 days and 19.5 (July 2021, -28 %), before then from 3.5 days to many weeks. An epoch
-- that has its value on both sides of a missing date went on over it; it is known to be short only
-- where the dates before and after it are known.
create or replace function recon.implausible_epochs(
  settlement_dates date[],
  difficulties numeric[]
)
returns table (from_date date, to_date date, kind text, explanation text)
language sql stable security definer rows 10
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
as $$
  with
  series as (
    select
      v.settlement_date,
      v.settlement_date - 1 is distinct from lag(v.settlement_date) over by_date as follows_a_gap,
      not recon.is_same_difficulty(lag(v.difficulty) over by_date, v.difficulty) as is_change
    from unnest(settlement_dates, difficulties) v (settlement_date, difficulty)
    window by_date as (order by v.settlement_date)
  ),
  numbered as (
    select
      s.settlement_date,
      count(*) filter (where s.is_change) over by_date as epoch,
      count(*) filter (where s.is_change or s.follows_a_gap) over by_date as part
    from series s
    window by_date as (order by s.settlement_date)
  ),
  parts as materialized (
    select
      n.epoch,
      n.part,
      min(n.settlement_date) as from_date,
      max(n.settlement_date) as to_date,
      count(*) as days,
      lag(max(n.settlement_date)) over by_part = min(n.settlement_date) - 1
        and lead(min(n.settlement_date)) over by_part = max(n.settlement_date) + 1 as is_whole
    from numbered n
    group by n.epoch, n.part
    window by_part as (order by n.part)
  ),
  single_days as (
    select p.from_date, p.is_whole, p.from_date - row_number() over by_date::integer as stretch
    from parts p
    where p.days = 1
      and p.from_date >= '2016-01-01'
    window by_date as (order by p.from_date)
  )
  select min(d.from_date), max(d.from_date), 'interpolated', 'changes on consecutive days'
  from single_days d
  group by d.stretch
  having bool_or(d.is_whole)
  union all
  select
    p.from_date, p.to_date, 'short_epoch', format('%s days from one retarget to the next', p.days)
  from parts p
  cross join recon.settings t
  where p.is_whole
    and p.days > 1
    and p.days < t.difficulty_min_epoch_days
    and p.from_date >= '2016-01-01'
  union all
  select e.from_date, e.to_date, 'long_epoch', format('%s days without a retarget', e.days)
  from (
    select
      min(p.from_date) as from_date,
      max(p.to_date) as to_date,
      max(p.to_date) - min(p.from_date) + 1 as days
    from parts p
    group by p.epoch
  ) e
  cross join recon.settings t
  where e.days > t.difficulty_max_epoch_days
    and e.to_date >= '2016-01-01'
$$;

comment on function recon.implausible_epochs(date[], numeric[]) is
  'The stretches of a series of difficulties that are no epoch of the protocol''s, since 2016: '
  'interpolated = another value on consecutive days; short_epoch, long_epoch = fewer days than '
  'recon.settings.difficulty_min_epoch_days, more than difficulty_max_epoch_days.';
