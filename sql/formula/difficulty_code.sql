create or replace function recon.difficulty_code(settlement_date date)
returns text
language sql stable parallel safe
as $$
  select case
    when exists (
      select from recon.difficulty_decisions x
      where x.settlement_date = difficulty_code.settlement_date
        and x.verdict = 'rejected'
    )
      then 'difficulty_rejected'
    when recon.height_on(difficulty_code.settlement_date) is not null then 'difficulty_known'
    when exists (
      select from recon.withheld_difficulties w
      where w.settlement_date = difficulty_code.settlement_date
    )
      then 'difficulty_suspect'
    when exists (
      select from recon.difficulty_refusals f
      where f.settlement_date = difficulty_code.settlement_date
    )
      then 'difficulty_refused'
    else 'no_difficulty'
  end
$$;

comment on function recon.difficulty_code(date) is
  'What is to be made of a date whose difficulty is missing or withheld, as a code of '
  'recon.next_step: difficulty_rejected where a person decided so, difficulty_known where the '
  'table of retargets has what the chain had.';
