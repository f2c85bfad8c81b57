create or replace function recon.report_difficulty(
  from_date date default null,
  to_date date default null
)
returns table (
  first_date date,
  last_date date,
  difficulty numeric,
  mark text,
  explanation text
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  marked as (
    select
      d.settlement_date,
      d.difficulty,
      case
        when s.is_accepted then 'accepted'
        when s.settlement_date is not null then 'suspect'
        else 'used'
      end as mark,
      s.explanation
    from recon.network_difficulties d
    left join recon.suspect_difficulties s using (settlement_date)
    where recon.require_range(report_difficulty.from_date, report_difficulty.to_date)
      and d.settlement_date >= coalesce(report_difficulty.from_date, '-infinity')
      and d.settlement_date <= coalesce(report_difficulty.to_date, 'infinity')
  ),
  stretches as (
    select
      m.settlement_date,
      m.difficulty,
      m.mark,
      m.explanation,
      m.settlement_date - row_number() over (
        partition by m.difficulty, m.mark, m.explanation order by m.settlement_date
      )::integer as stretch
    from marked m
  )
  select
    min(s.settlement_date) as first_date,
    max(s.settlement_date),
    s.difficulty,
    s.mark,
    s.explanation
  from stretches s
  group by s.stretch, s.difficulty, s.mark, s.explanation
  union all
  select
    f.settlement_date,
    f.settlement_date,
    case when n.difficulty > 0 and n.difficulty < 'Infinity' then n.difficulty end,
    'refused',
    format('%s, written %s', f.reason, coalesce(quote_literal(f.difficulty_text), 'nowhere'))
  from recon.difficulty_refusals f
  cross join lateral recon.parse_number(f.difficulty_text) n (difficulty)
  where f.settlement_date >= coalesce(report_difficulty.from_date, '-infinity')
    and f.settlement_date <= coalesce(report_difficulty.to_date, 'infinity')
  order by first_date, difficulty
$$;

comment on function recon.report_difficulty(date, date) is
  'Network difficulty by stretches of dates with one value, and what was refused: mark is used, '
  'suspect, accepted (suspect, and a person accepted it) or refused; difficulty is null where '
  'what was refused is no positive number. Error 22023 for a range it cannot use.';
