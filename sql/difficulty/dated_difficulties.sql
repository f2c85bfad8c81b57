-- A date that the table of retargets has is judged by it: any value that was in force on the UTC
-- date is right. Beyond its end and in its holes the values date each other, since 2016.
create or replace function recon.dated_difficulties(settlement_dates date[], difficulties numeric[])
returns table (
  settlement_date date,
  difficulty numeric,
  nearest numeric,
  has_target boolean,
  is_right boolean,
  is_wrong boolean,
  began_on date,
  ended_on date,
  expected numeric,
  expected_height integer
)
language sql stable security definer rows 1000
set search_path = pg_catalog, pg_temp
set row_security = off
set enable_nestloop = off
set jit = off
as $$
  with
  readings as materialized (
    select v.difficulty, t.exact as nearest, case when t.is_exact then t.nbits end as nbits
    from (select distinct d.difficulty from unnest(difficulties) d (difficulty)) v
    cross join lateral recon.nearest_target(v.difficulty) t
  ),
  series as materialized (
    select v.settlement_date, v.difficulty, r.nbits, r.nearest
    from unnest(settlement_dates, difficulties) v (settlement_date, difficulty)
    join readings r using (difficulty)
  ),
  by_table as materialized (
    select
      s.settlement_date,
      bool_or(
        e.nbits = s.nbits
        or abs(e.difficulty - s.difficulty)
          < greatest(0.1 ^ least(scale(trim_scale(s.difficulty)), 6), 2.3e-16 * s.difficulty)
      ) as is_right,
      max(e.difficulty) filter (where e.is_at_midnight) as expected,
      max(e.height) filter (where e.is_at_midnight) as expected_height
    from series s
    join recon.epochs_of_days(
      (select min(m.settlement_date) from series m), (select max(m.settlement_date) from series m)
    ) e using (settlement_date)
    group by s.settlement_date
  ),
  open_dates as materialized (
    select s.settlement_date, s.difficulty, s.nbits
    from series s
    left join by_table b using (settlement_date)
    where b.expected is null
      and s.settlement_date >= '2016-01-01'
  ),
  dated as materialized (
    select
      e.nbits,
      e.difficulty,
      e.first_date,
      e.last_date,
      e.known_from,
      e.known_to,
      e.right_from,
      e.right_to
    from (
      select array_agg(o.settlement_date), array_agg(o.difficulty), array_agg(o.nbits)
      from open_dates o
      where o.nbits is not null
    ) a (settlement_dates, difficulties, targets)
    cross join lateral recon.dated_epochs(a.settlement_dates, a.difficulties, a.targets) e
  ),
  covered as (
    select distinct on (k.known_from + n.n)
      k.known_from + n.n as settlement_date,
      k.difficulty
    from dated k
    cross join lateral generate_series(0, k.known_to - k.known_from) n (n)
    order by k.known_from + n.n, k.first_date desc
  ),
  elsewhere as materialized (
    select distinct on (k.nbits)
      k.nbits,
      (k.began_at at time zone 'UTC')::date as began_on,
      (k.ended_at at time zone 'UTC')::date as ended_on,
      k.ended_at is not null and k.follows_another as is_whole
    from recon.known_epochs k
    order by k.nbits, k.height
  ),
  by_length as materialized (
    select
      o.settlement_date,
      o.settlement_date between d.right_from and d.right_to as is_right,
      o.settlement_date < d.first_date
        or o.settlement_date > d.last_date
        or d.nbits is null and (e.is_whole or c.difficulty is not null) as is_wrong,
      d.first_date,
      d.last_date,
      c.difficulty as expected
    from open_dates o
    left join dated d using (nbits)
    left join elsewhere e using (nbits)
    left join covered c using (settlement_date)
  )
  select
    s.settlement_date,
    s.difficulty,
    s.nearest,
    s.nbits is not null,
    coalesce(b.is_right, false) or coalesce(l.is_right, false),
    case
      when b.is_right then false
      when b.expected is not null then true
      else coalesce(l.is_wrong, false)
    end,
    coalesce(l.first_date, e.began_on),
    coalesce(l.last_date, e.ended_on),
    coalesce(b.expected, l.expected),
    b.expected_height
  from series s
  left join by_table b using (settlement_date)
  left join by_length l using (settlement_date)
  left join elsewhere e using (nbits)
$$;

comment on function recon.dated_difficulties(date[], numeric[]) is
  'A series of difficulties, date by date: whether a target of 24 bits gives it, and the nearest '
  'that one gives; whether the epochs of the table of retargets, or else the lengths of the epochs '
  'in the series, prove it right or wrong on its date; on which dates its epoch was in force; and '
  'which difficulty was at 00:00 UTC, from which height (null: not known).';
