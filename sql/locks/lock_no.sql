create or replace function recon.lock_no(settlement_date date)
returns integer
language sql immutable
as $$
  select mod(mod(lock_no.settlement_date - date '2000-01-01', 36525) + 36525, 36525)
$$;

comment on function recon.lock_no(date) is 'The row of recon.day_locks that stands for a date.';
