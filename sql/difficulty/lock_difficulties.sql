-- A statement of its own, before any that reads: what another writer stores must be seen.
create or replace function recon.lock_difficulties()
returns void
language sql volatile
as $$
  select pg_advisory_xact_lock(1919247215, -2147483646)
$$;

comment on function recon.lock_difficulties() is
  'Has those who judge and write difficulties take turns, to the end of the transaction.';
