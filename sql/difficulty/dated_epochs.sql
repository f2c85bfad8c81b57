-- The day a chain began is that of the table of retargets, where it has an epoch of the chain. Else
-- each boundary between two values that are stored bounds it, and it is where most of them agree.
-- Three hours are what the lengths of a hundred epochs drift by.
create or replace function recon.dated_epochs(
  settlement_dates date[],
  difficulties numeric[],
  targets text[]
)
returns table (
  nbits text,
  difficulty numeric,
  first_date date,
  last_date date,
  known_from date,
  known_to date,
  right_from date,
  right_to date
)
language sql stable security definer rows 100
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
as $$
  with
  epochs as materialized (
    select
      e.chain,
      e.place,
      e.nbits,
      e.difficulty,
      e.last_date,
      e.timed_on_day,
      e.days_into_chain,
      lag(e.last_date) over in_chain - date '1970-01-01' - e.days_into_chain as low,
      e.first_date + 1 - date '1970-01-01' - e.days_into_chain as high
    from recon.linked_epochs(
      dated_epochs.settlement_dates, dated_epochs.difficulties, dated_epochs.targets
    ) e
    window in_chain as (partition by e.chain order by e.place)
  ),
  timed as (
    select distinct on (e.chain)
      e.chain,
      e.timed_on_day - e.days_into_chain as low,
      e.timed_on_day - e.days_into_chain as high
    from epochs e
    where e.timed_on_day is not null
    order by e.chain, e.place
  ),
  agreed as (
    select distinct on (c.chain) c.chain, max(w.low) as low, min(w.high) as high
    from epochs c
    join epochs w
      on w.chain = c.chain
      and c.low between coalesce(w.low, '-infinity') - 0.125 and w.high + 0.125
    where c.low <= c.high
      and not exists (select from timed t where t.chain = c.chain)
    group by c.chain, c.place, c.low
    order by c.chain, count(*) desc, c.low
  ),
  begun as (
    select
      e.chain,
      e.place,
      e.nbits,
      e.difficulty,
      e.last_date,
      e.timed_on_day is not null as is_timed,
      d.began_on + floor(
        coalesce(e.timed_on_day, least(a.low, a.high) + e.days_into_chain - 0.125)
      )::integer as low,
      d.began_on + floor(
        coalesce(e.timed_on_day, greatest(a.low, a.high) + e.days_into_chain + 0.125)
      )::integer as high
    from epochs e
    join (select t.* from timed t union all select g.* from agreed g) a using (chain)
    cross join (values (date '1970-01-01')) d (began_on)
  ),
  bounded as (
    select
      b.*,
      case when lag(b.place) over in_chain is null then b.high + 1 else b.low end as known_from,
      lead(b.high) over in_chain as next_on
    from begun b
    window in_chain as (partition by b.chain order by b.place)
  )
  select
    b.nbits,
    b.difficulty,
    b.low,
    b.next_on,
    b.known_from,
    coalesce(b.next_on, b.low + t.difficulty_max_epoch_days),
    case when b.next_on is null then b.known_from else b.low end,
    case
      when b.next_on is not null
        then b.next_on
      when b.is_timed or b.last_date < b.low + t.difficulty_max_epoch_days
        then b.low + t.difficulty_min_epoch_days
    end
  from bounded b
  cross join recon.settings t
$$;

comment on function recon.dated_epochs(date[], numeric[], text[]) is
  'The first and the last date (null: not known) on which each epoch of a series can have been in '
  'force, worked out from the difficulties where the table of retargets ends or has holes; on '
  'which dates no value but those of its chain can have been; and on which this one was for '
  'certain, or as good as that: what goes on for too long is not certain from its beginning.';
