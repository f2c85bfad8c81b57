-- A statement of its own, before any that reads: what another inspection stores must be seen.
create or replace function recon.lock_inspection()
returns void
language sql volatile
as $$
  select pg_advisory_xact_lock(1919247215, -2147483642)
$$;

comment on function recon.lock_inspection() is
  'Has those who inspect the source and decide about findings take turns, to the end of the '
  'transaction.';
