-- An epoch lasts 14 days x its difficulty / the next one + 600 s (the time of 2015 blocks sets the
-- difficulty, 2016 go by), so two values that follow each other say how far apart they began. Each
-- value is linked with the one of the twelve after it that fits best, if it also fits that one
-- best; what belongs to none is passed over. 12 days off leaves room for an epoch that was stored
-- ten days late, and none for a link over a missing epoch, which is 14 days off or so. What was
-- seen on a day or two only gives way to what was seen for longer.
create or replace function recon.linked_epochs(
  settlement_dates date[],
  difficulties numeric[],
  targets text[]
)
returns table (
  chain bigint,
  place bigint,
  nbits text,
  difficulty numeric,
  first_date date,
  last_date date,
  timed_on_day double precision,
  days_into_chain double precision
)
language sql stable security definer rows 100
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
as $$
  with
  epochs as materialized (
    select e.place, e.nbits, e.difficulty, e.first_date, e.last_date, e.is_timed, e.began_on_day
    from recon.sighted_epochs(
      linked_epochs.settlement_dates, linked_epochs.difficulties, linked_epochs.targets
    ) e
  ),
  pairs as materialized (
    select
      a.place,
      b.place as next_place,
      d.days,
      abs(b.began_on_day - a.began_on_day - d.days)
        + case when a.last_date - a.first_date < 2 then 3 else 0 end
        + case when b.last_date - b.first_date < 2 then 3 else 0 end as days_off
    from epochs a
    cross join generate_series(1, 12) k (k)
    join epochs b on b.place = a.place + k.k
    cross join lateral (
      select (14 * a.difficulty / b.difficulty)::double precision + 600.0 / 86400
    ) d (days)
    where abs(b.began_on_day - a.began_on_day - d.days) < 12
  ),
  links as materialized (
    select f.place, f.next_place, f.days
    from (
      select distinct on (p.place) p.place, p.next_place, p.days
      from pairs p
      order by p.place, p.days_off
    ) f
    join (
      select distinct on (p.next_place) p.place, p.next_place
      from pairs p
      order by p.next_place, p.days_off
    ) b using (place, next_place)
  ),
  kept as (
    select
      e.place,
      e.nbits,
      e.difficulty,
      e.first_date,
      e.last_date,
      case when e.is_timed then e.began_on_day end as timed_on_day,
      case when i.place = lag(e.place) over (order by e.place) then i.days end as days_before
    from epochs e
    left join links i on i.next_place = e.place
    where e.is_timed
      or i.place is not null
      or exists (select from links o where o.place = e.place)
  ),
  numbered as (
    select
      k.*,
      count(*) filter (where k.days_before is null) over (order by k.place) as chain
    from kept k
  )
  select
    n.chain,
    n.place,
    n.nbits,
    n.difficulty,
    n.first_date,
    n.last_date,
    n.timed_on_day,
    coalesce(sum(n.days_before) over (partition by n.chain order by n.place), 0)
  from numbered n
$$;

comment on function recon.linked_epochs(date[], numeric[], text[]) is
  'The epochs of a series of difficulties and targets that follow each other, chain by chain: how '
  'many days after the first of its chain each began, by the difficulties alone; and the day '
  '(since 1970, UTC) that the table of retargets has for it.';
