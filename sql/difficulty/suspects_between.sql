-- What a target and the retargets say goes first; what they prove right is not held against the
-- limits of steps and lengths, and what they prove wrong is left out as if it were missing.
create or replace function recon.suspects_between(from_date date, to_date date)
returns table (
  settlement_date date,
  difficulty numeric,
  kind text,
  explanation text,
  first_date date,
  last_date date,
  is_accepted boolean
)
language sql stable
set search_path = pg_catalog, pg_temp
set row_security = off
set enable_nestloop = off
set jit = off
as $$
  with
  stored as materialized (
    select d.settlement_date, d.difficulty
    from recon.network_difficulties d
    where d.settlement_date >= coalesce(suspects_between.from_date, '-infinity')
      and d.settlement_date <= coalesce(suspects_between.to_date, 'infinity')
  ),
  judged as materialized (
    select
      c.settlement_date,
      c.difficulty,
      c.is_right,
      c.kind,
      c.explanation,
      c.from_date,
      c.to_date
    from (select array_agg(s.settlement_date), array_agg(s.difficulty) from stored s)
      as a (settlement_dates, difficulties)
    cross join lateral recon.chain_findings(a.settlement_dates, a.difficulties) c
  ),
  steps as materialized (
    select i.from_date, i.to_date, i.explanation
    from (
      select
        array_agg(j.settlement_date) as settlement_dates,
        array_agg(j.difficulty) as difficulties,
        array_agg(true) as are_stored
      from judged j
      where j.kind is null
      having not bool_and(j.is_right)
    ) a
    cross join lateral recon.implausible_steps(a.settlement_dates, a.difficulties, a.are_stored) i
  ),
  findings as materialized (
    select 2 as place, p.from_date, p.to_date, 'step' as kind, p.explanation from steps p
    union all
    select 3, i.from_date, i.to_date, i.kind, i.explanation
    from (
      select
        array_agg(j.settlement_date) as settlement_dates,
        array_agg(j.difficulty) as difficulties
      from judged j
      where j.kind is null
        and not exists (
          select from steps p where j.settlement_date between p.from_date and p.to_date
        )
      having not bool_and(j.is_right)
    ) a
    cross join lateral recon.implausible_epochs(a.settlement_dates, a.difficulties) i
  ),
  suspects as (
    select
      1 as place,
      j.settlement_date,
      j.difficulty,
      j.kind,
      j.explanation,
      j.from_date,
      j.to_date
    from judged j
    where j.kind is not null
    union all
    select
      f.place,
      j.settlement_date,
      j.difficulty,
      f.kind,
      f.explanation,
      min(j.settlement_date) over (partition by f.place, f.from_date),
      max(j.settlement_date) over (partition by f.place, f.from_date)
    from findings f
    join judged j on j.settlement_date between f.from_date and f.to_date
    where j.kind is null
      and not j.is_right
  )
  select distinct on (s.settlement_date)
    s.settlement_date,
    s.difficulty,
    s.kind,
    s.explanation,
    s.from_date,
    s.to_date,
    exists (
      select
      from recon.difficulty_decisions x
      where x.settlement_date = s.settlement_date
        and x.verdict = 'accepted'
        and recon.is_same_difficulty(x.difficulty, s.difficulty)
    )
  from suspects s
  order by s.settlement_date, s.place
$$;

comment on function recon.suspects_between(date, date) is
  'The stored difficulties of a range of dates (null: all) that the chain or the protocol makes '
  'implausible, judged as if nothing were stored beyond: see recon.suspect_difficulties.';
