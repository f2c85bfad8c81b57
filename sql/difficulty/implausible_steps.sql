-- A level is a stretch of dates without a step beyond the limit. Of levels that cannot both be
-- right, the one of most dates is, then the one that is stored rather than new, then the earlier:
-- they are taken in that order, and one that a level already taken rules out is not.
create or replace function recon.implausible_steps(
  settlement_dates date[],
  difficulties numeric[],
  are_stored boolean[]
)
returns table (from_date date, to_date date, explanation text)
language sql stable security definer rows 10
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
as $$
  with recursive
  limits as (
    select t.difficulty_max_step as step, t.difficulty_min_epoch_days as days
    from recon.settings t
  ),
  series as (
    select
      v.settlement_date,
      v.difficulty,
      v.is_stored,
      lag(v.settlement_date) over (order by v.settlement_date) as date_before,
      lag(v.difficulty) over (order by v.settlement_date) as difficulty_before
    from unnest(settlement_dates, difficulties, are_stored)
      as v (settlement_date, difficulty, is_stored)
  ),
  numbered as (
    select
      s.settlement_date,
      s.difficulty,
      s.is_stored,
      count(*) filter (
        where recon.is_beyond_step(
          s.difficulty_before, s.difficulty, s.settlement_date - s.date_before, m.step, m.days
        )
      ) over (order by s.settlement_date) as level
    from series s
    cross join limits m
  ),
  levels as materialized (
    select
      row_number() over (
        order by count(*) desc, count(*) filter (where n.is_stored) desc, min(n.settlement_date)
      ) as place,
      min(n.settlement_date) as from_date,
      max(n.settlement_date) as to_date,
      (array_agg(n.difficulty order by n.settlement_date))[1] as first_difficulty,
      (array_agg(n.difficulty order by n.settlement_date desc))[1] as last_difficulty
    from numbered n
    group by n.level
  ),
  taken (place, places) as (
    select 0::bigint, array[]::bigint[]
    union all
    select
      l.place,
      case
        when exists (
          select
          from unnest(t.places) p (place)
          join levels k on k.place = p.place
          cross join limits m
          where recon.is_beyond_step(
            case when k.to_date < l.from_date then k.last_difficulty else k.first_difficulty end,
            case when k.to_date < l.from_date then l.first_difficulty else l.last_difficulty end,
            greatest(l.from_date - k.to_date, k.from_date - l.to_date),
            m.step,
            m.days
          )
        ) then t.places
        else t.places || l.place
      end
    from taken t
    join levels l on l.place = t.place + 1
  )
  select l.from_date, l.to_date, format('a step beyond x%s', trim_scale(m.step))
  from levels l
  cross join limits m
  where l.place <> all ((select t.places from taken t order by t.place desc limit 1)::bigint[])
$$;

comment on function recon.implausible_steps(date[], numeric[], boolean[]) is
  'The stretches of a series of difficulties that depart from what surrounds them by more than '
  'the protocol allows: x4 or /4 a retarget (recon.settings.difficulty_max_step).';
