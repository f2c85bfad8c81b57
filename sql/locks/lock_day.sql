-- Held to the end of the transaction. It has a statement of its own, before any that computes: a
-- lock taken in the statement that computes would come after its snapshot, and an older result
-- could then replace a newer one.
create or replace function recon.lock_day(settlement_date date)
returns boolean
language plpgsql volatile
as $$
declare
  v_day_no integer := recon.lock_no(lock_day.settlement_date);
begin
  perform from recon.day_locks l where l.day_no = v_day_no for update skip locked;
  if found then
    return true;
  elsif not exists (select from recon.day_locks l where l.day_no = v_day_no) then
    raise exception 'recon.day_locks has no row % to lock %', v_day_no, lock_day.settlement_date
      using errcode = 'no_data_found',
        hint = 'Only its owner can have removed it: insert into recon.day_locks (day_no) '
          'select generate_series(0, 36524) on conflict do nothing;';
  end if;
  return false;
end
$$;

comment on function recon.lock_day(date) is
  'True where this transaction now holds the date, false where another one does. Never waits.';
