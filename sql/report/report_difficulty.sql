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
  union all
  select
    min(p.settlement_date),
    max(p.settlement_date),
    p.difficulty,
    'proposed',
    format('height %s, since %s UTC, source %s', p.height,
      to_char(p.began_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), p.source)
  from recon.proposed_difficulties p
  where p.settlement_date >= coalesce(report_difficulty.from_date, '-infinity')
    and p.settlement_date <= coalesce(report_difficulty.to_date, 'infinity')
  group by p.difficulty, p.height, p.began_at, p.source
  union all
  select min(e.settlement_date), max(e.settlement_date), e.difficulty, 'chain', null
  from (
    select min(d.settlement_date), max(d.settlement_date)
    from recon.network_difficulties d
    where d.settlement_date >= coalesce(report_difficulty.from_date, '-infinity')
      and d.settlement_date <= coalesce(report_difficulty.to_date, 'infinity')
  ) b (from_date, to_date)
  cross join lateral recon.epochs_of_days(b.from_date, b.to_date) e
  where b.from_date is not null
    and e.is_at_midnight
  group by e.height, e.difficulty
  order by first_date, difficulty
$$;

comment on function recon.report_difficulty(date, date) is
  'Network difficulty by stretches of dates with one value, what was refused and what is proposed: '
  'mark is used, suspect, accepted (suspect, and a person accepted it), refused, proposed or chain '
  '(in force at 00:00 UTC by the table of retargets); difficulty is null where what was refused is '
  'no positive number. Error 22023 for a range it cannot use.';
