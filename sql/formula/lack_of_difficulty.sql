create or replace function recon.lack_of_difficulty(settlement_date date)
returns text
language sql stable parallel safe
as $$
  select coalesce(
    (
      select pg_catalog.format('difficulty refused: rejected by %s: %s', x.decided_by, x.reason)
      from recon.difficulty_decisions x
      where x.settlement_date = lack_of_difficulty.settlement_date
        and x.verdict = 'rejected'
      order by x.decided_at desc
      limit 1
    ),
    (
      select 'difficulty refused: ' || f.reason
      from recon.difficulty_refusals f
      where f.settlement_date = lack_of_difficulty.settlement_date
      order by f.refusal_id desc
      limit 1
    ),
    'no difficulty'
  )
$$;

comment on function recon.lack_of_difficulty(date) is
  'Why a date without a difficulty has none: who rejected it, why the last one offered was '
  'refused, or no difficulty.';
