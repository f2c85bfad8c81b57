-- The series is judged as it would be about the dates that change: what is stored, with the new
-- values in place of the old. What the table of retargets proves right departs from nothing.
create or replace function recon.judged_values(sync_id bigint, date_format text, since date)
returns table (
  item_id text,
  date_text text,
  difficulty_text text,
  settlement_date date,
  difficulty numeric,
  written_as numeric,
  refusal text
)
language sql stable
set enable_nestloop = off
set jit = off
as $$
  with
  readings as materialized (
    select
      v.item_id,
      v.date_text,
      v.difficulty_text,
      v.settlement_date,
      v.difficulty,
      v.written_as,
      x.verdict is not distinct from 'accepted' as is_accepted,
      case
        when x.verdict = 'rejected' then format('rejected by %s: %s', x.decided_by, x.reason)
        when x.verdict is null and v.refusal is not null then v.refusal
        when x.verdict is null and t.difficulty_policy = 'strict' and not n.is_exact
          then format(
            'no target of 24 bits gives this; the nearest that does is %s', round(n.exact, 6)
          )
      end as refusal
    from recon.sync_values(judged_values.sync_id, judged_values.date_format) v
    cross join recon.settings t
    left join lateral recon.nearest_target(v.difficulty) n on t.difficulty_policy = 'strict'
    left join recon.difficulty_decisions x
      on x.settlement_date = v.settlement_date
      and recon.is_same_difficulty(x.difficulty, v.difficulty)
    where coalesce(v.settlement_date >= judged_values.since, true)
  ),
  brought as (
    select distinct on (r.settlement_date) r.settlement_date, r.difficulty
    from readings r
    where r.refusal is null
    order by r.settlement_date, r.is_accepted desc
  ),
  changed as (
    select n.first_date, n.last_date
    from (
      select min(b.settlement_date), max(b.settlement_date)
      from brought b
      left join recon.network_difficulties k using (settlement_date)
      where b.difficulty is distinct from k.difficulty
    ) c (from_date, to_date)
    cross join lateral recon.neighbourhood(c.from_date, c.to_date) n
  ),
  series as materialized (
    select
      settlement_date,
      coalesce(b.difficulty, k.difficulty) as difficulty,
      k.difficulty is not null
        and coalesce(recon.is_same_difficulty(b.difficulty, k.difficulty), true) as is_stored
    from brought b
    full join (
      select d.settlement_date, d.difficulty
      from changed c
      join recon.network_difficulties d
        on d.settlement_date between c.first_date and c.last_date
    ) k using (settlement_date)
    join changed c on settlement_date between c.first_date and c.last_date
  ),
  steps as materialized (
    select i.from_date, i.to_date, i.explanation
    from (
      select array_agg(s.settlement_date), array_agg(s.difficulty), array_agg(s.is_stored)
      from series s
    ) a (settlement_dates, difficulties, are_stored)
    cross join lateral recon.implausible_steps(a.settlement_dates, a.difficulties, a.are_stored) i
  ),
  beyond as materialized (
    select s.settlement_date, s.difficulty, p.explanation
    from series s
    join steps p on s.settlement_date between p.from_date and p.to_date
    where not s.is_stored
  ),
  departures as materialized (
    select y.settlement_date, y.explanation
    from (select array_agg(y.settlement_date), array_agg(y.difficulty) from beyond y)
      as a (settlement_dates, difficulties)
    cross join lateral recon.dated_difficulties(a.settlement_dates, a.difficulties) d
    join beyond y using (settlement_date)
    where not d.is_right
  )
  select
    r.item_id,
    r.date_text,
    r.difficulty_text,
    r.settlement_date,
    r.difficulty,
    r.written_as,
    coalesce(r.refusal, case when not r.is_accepted then d.explanation end)
  from readings r
  left join departures d using (settlement_date)
$$;

comment on function recon.judged_values(bigint, text, date) is
  'recon.sync_values from a date on (null: all), refused too where a person rejected the value or '
  'where it departs from the dates around it by a step beyond the limit, or where the policy is '
  'strict and no target of 24 bits gives it, unless a person accepted it.';
