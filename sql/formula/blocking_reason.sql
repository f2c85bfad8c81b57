create or replace function recon.blocking_reason(settlement_date date)
returns text
language sql stable parallel safe
as $$
  select recon.day_obstacle(blocking_reason.settlement_date)
  where exists (
    select from recon.curtailed_energy e
    where e.settlement_date = blocking_reason.settlement_date
      and e.is_valid
      and e.curtailed_mwh > 0
  )
$$;

comment on function recon.blocking_reason(date) is
  'Why a date is blocked as a whole: recon.day_obstacle where it has energy to calculate, else '
  'null.';
