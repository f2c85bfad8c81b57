create or replace function recon.is_open_refusal(settlement_date date, difficulty_text text)
returns boolean
language sql stable
as $$
  select coalesce(n.difficulty > 0 and n.difficulty < 'Infinity', false)
    and is_open_refusal.settlement_date is not null
    and not exists (
      select from recon.network_difficulties d
      where d.settlement_date = is_open_refusal.settlement_date
        and recon.is_same_difficulty(d.difficulty, n.difficulty)
    )
    and not exists (
      select from recon.difficulty_decisions x
      where x.settlement_date = is_open_refusal.settlement_date
        and recon.is_same_difficulty(x.difficulty, n.difficulty)
    )
  from recon.parse_number(is_open_refusal.difficulty_text) n (difficulty)
$$;

comment on function recon.is_open_refusal(date, text) is
  'Whether a person can still accept a difficulty that was refused: it is one, it is not the one '
  'that is stored, and nobody has decided about it.';
