-- One decision about a value, whatever its notation: the latest.
create or replace function recon.decide_difficulties(
  settlement_dates date[],
  difficulties numeric[],
  verdict text,
  reason text
)
returns void
language sql volatile
as $$
  delete from recon.difficulty_decisions x
  using unnest(
    decide_difficulties.settlement_dates, decide_difficulties.difficulties
  ) d (settlement_date, difficulty)
  where x.settlement_date = d.settlement_date
    and recon.is_same_difficulty(x.difficulty, d.difficulty);

  insert into recon.difficulty_decisions (
    settlement_date, difficulty, verdict, reason, decided_by, decided_at
  )
  select
    d.settlement_date,
    d.difficulty,
    decide_difficulties.verdict,
    nullif(btrim(decide_difficulties.reason), ''),
    session_user,
    pg_catalog.now()
  from unnest(
    decide_difficulties.settlement_dates, decide_difficulties.difficulties
  ) d (settlement_date, difficulty)
$$;

comment on function recon.decide_difficulties(date[], numeric[], text, text) is
  'Writes down what a person decided about the difficulties of dates, in place of what was '
  'decided about the same values before.';
