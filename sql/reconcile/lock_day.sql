-- Held to the end of the transaction. It has a statement of its own, before any that computes: a
-- lock taken in the statement that computes would come after its snapshot, and an older result
-- could then replace a newer one. The first number ("reco") keeps clear of locks of other programs.
create or replace function recon.lock_day(settlement_date date)
returns boolean
language sql volatile
as $$
  select pg_try_advisory_xact_lock(1919247215, settlement_date - date '2000-01-01')
$$;

comment on function recon.lock_day(date) is
  'True where this transaction now holds the date, false where another one does. Never waits.';
