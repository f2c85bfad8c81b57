-- The series is judged as it would be: what is stored, with the new values in place of the old.
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
        when x.verdict is null then v.refusal
      end as refusal
    from recon.sync_values(judged_values.sync_id, judged_values.date_format) v
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
  series as materialized (
    select
      settlement_date,
      coalesce(b.difficulty, k.difficulty) as difficulty,
      k.difficulty is not null
        and coalesce(recon.is_same_difficulty(b.difficulty, k.difficulty), true) as is_stored
    from brought b
    full join recon.network_difficulties k using (settlement_date)
  ),
  steps as materialized (
    select i.from_date, i.to_date, i.explanation
    from (
      select array_agg(s.settlement_date), array_agg(s.difficulty), array_agg(s.is_stored)
      from series s
    ) a (settlement_dates, difficulties, are_stored)
    cross join lateral recon.implausible_steps(a.settlement_dates, a.difficulties, a.are_stored) i
  ),
  departures as (
    select s.settlement_date, p.explanation
    from series s
    join steps p on s.settlement_date between p.from_date and p.to_date
    where not s.is_stored
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
  'where it departs from the dates around it by a step beyond the limit, unless a person '
  'accepted it.';
