create or replace function recon.is_unnoted(settlement_date date)
returns boolean
language sql stable parallel safe
as $$
  select exists (
    select from recon.days d
    where d.settlement_date = is_unnoted.settlement_date
      and d.outcome = 'reconciled'
  ) and not exists (
    select from recon.changes c
    where c.settlement_date in (is_unnoted.settlement_date, '-infinity')
  )
$$;

comment on function recon.is_unnoted(date) is
  'Whether a date counts as right: it is reconciled, and no change was noted since. What is off '
  'there was changed past the triggers; to be asked in the statement that finds it.';
