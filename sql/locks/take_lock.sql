-- A statement of its own, before any that reads: what the one before has stored must be seen. It
-- first tries without waiting, so that the block with a handler, which hides who holds the lock
-- then, is there only where somebody has to wait.
create or replace function recon.take_lock(lock_name text)
returns void
language plpgsql volatile
as $$
declare
  v_holder text;
begin
  perform from recon.locks l where l.lock_name = take_lock.lock_name for update skip locked;
  if found then
    return;
  end if;

  v_holder := recon.lock_holder(take_lock.lock_name, null);
  begin
    perform from recon.locks l where l.lock_name = take_lock.lock_name for update;
    if found then
      return;
    end if;
  exception when lock_not_available then
    raise exception '% holds the lock of %', v_holder, take_lock.lock_name
      using errcode = 'lock_not_available', hint = 'Try again in a moment; see recon.doctor().';
  end;
  raise exception 'recon.locks has no row for %', quote_nullable(take_lock.lock_name)
    using errcode = 'no_data_found',
      hint = 'Only its owner can have removed it; migrations/0021 has what it was.';
end
$$;

comment on function recon.take_lock(text) is
  'Has this transaction hold a lock that is a row of recon.locks, to its end, once nobody else '
  'does. Error 55P03 naming the holder where lock_timeout runs out before.';
