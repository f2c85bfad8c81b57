create or replace function recon.is_skipped(settlement_date date)
returns boolean
language sql stable
as $$
  select exists (
    select from recon.days d
    where d.settlement_date = is_skipped.settlement_date
      and d.outcome = 'skipped'
  )
$$;

comment on function recon.is_skipped(date) is 'Whether somebody decided to leave a day as it is.';
