-- Only what the table of retargets cannot say is looked at: an epoch whose both ends it has is
-- dated by it, wherever else its value stands. The edges of its holes are sightings too, with
-- their hour.
create or replace function recon.sighted_epochs(
  settlement_dates date[],
  difficulties numeric[],
  targets text[]
)
returns table (
  place bigint,
  nbits text,
  difficulty numeric,
  first_date date,
  last_date date,
  is_timed boolean,
  began_on_day double precision
)
language sql stable
as $$
  with
  edges as (
    select
      e.nbits,
      e.difficulty,
      (e.began_at at time zone 'UTC')::date as began_on,
      extract(epoch from e.began_at)::double precision / 86400 as began_on_day
    from recon.known_epochs e
    where (e.ended_at is null or not e.follows_another)
      and e.began_at >= '2016-01-01 00:00:00+00'
  ),
  sightings as (
    select
      v.nbits,
      v.difficulty,
      v.settlement_date as seen_on,
      v.settlement_date,
      null::double precision as began_on_day
    from unnest(
      sighted_epochs.settlement_dates, sighted_epochs.difficulties, sighted_epochs.targets
    ) as v (settlement_date, difficulty, nbits)
    where not exists (
      select
      from recon.known_epochs k
      where k.nbits = v.nbits
        and k.ended_at is not null
        and k.follows_another
    )
    union all
    select e.nbits, e.difficulty, e.began_on, null, e.began_on_day from edges e
  ),
  first_seen as (
    select s.*, s.seen_on - min(s.seen_on) over (partition by s.nbits) as days_later
    from sightings s
  )
  select
    row_number() over (order by g.began_on_day, g.nbits),
    g.nbits,
    g.difficulty,
    g.first_date,
    g.last_date,
    g.is_timed,
    g.began_on_day
  from (
    select
      f.nbits,
      min(f.difficulty) as difficulty,
      min(f.settlement_date) as first_date,
      max(f.settlement_date) as last_date,
      max(f.began_on_day) is not null as is_timed,
      coalesce(max(f.began_on_day), min(f.settlement_date) - date '1970-01-01') as began_on_day
    from first_seen f
    where f.days_later <= 40
    group by f.nbits
  ) g
$$;

comment on function recon.sighted_epochs(date[], numeric[], text[]) is
  'The distinct targets of a series that the table of retargets does not date on both sides, and '
  'the epochs at the edges of its holes, in the order of the day they began on, or were first seen '
  '(days since 1970, UTC). What is seen again 40 days later is not the epoch any more.';
