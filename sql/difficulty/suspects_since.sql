-- Epochs are judged without the dates that a step rules out, as if those were missing.
create or replace function recon.suspects_since(from_date date)
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
as $$
  with
  stored as materialized (
    select d.settlement_date, d.difficulty
    from recon.network_difficulties d
    where d.settlement_date >= coalesce(suspects_since.from_date, '-infinity')
  ),
  steps as materialized (
    select i.from_date, i.to_date, i.explanation
    from (
      select array_agg(s.settlement_date), array_agg(s.difficulty), array_agg(true) from stored s
    ) a (settlement_dates, difficulties, are_stored)
    cross join lateral recon.implausible_steps(a.settlement_dates, a.difficulties, a.are_stored) i
  ),
  plausible as (
    select s.settlement_date, s.difficulty
    from stored s
    where not exists (
      select from steps p where s.settlement_date between p.from_date and p.to_date
    )
  ),
  findings as materialized (
    select 1 as place, p.from_date, p.to_date, 'step' as kind, p.explanation from steps p
    union all
    select 2, i.from_date, i.to_date, i.kind, i.explanation
    from (
      select array_agg(s.settlement_date), array_agg(s.difficulty) from plausible s
    ) a (settlement_dates, difficulties)
    cross join lateral recon.implausible_epochs(a.settlement_dates, a.difficulties) i
  )
  select distinct on (s.settlement_date)
    s.settlement_date,
    s.difficulty,
    f.kind,
    f.explanation,
    f.from_date,
    f.to_date,
    exists (
      select
      from recon.difficulty_decisions x
      where x.settlement_date = s.settlement_date
        and x.verdict = 'accepted'
        and recon.is_same_difficulty(x.difficulty, s.difficulty)
    )
  from findings f
  join stored s on s.settlement_date between f.from_date and f.to_date
  order by s.settlement_date, f.place
$$;

comment on function recon.suspects_since(date) is
  'The stored difficulties of a date or later (null: all) that the protocol makes implausible, '
  'judged as if nothing were known of before: see recon.suspect_difficulties.';
