-- A client that the network has swallowed leaves its transaction, and its locks, to a server that
-- would keep them until TCP notices, which takes hours.
create or replace function recon.bound_lock_waits()
returns void
language sql volatile
as $$
  select
    set_config('lock_timeout', extract(epoch from s.lock_timeout) * 1000 || 'ms', true),
    set_config('idle_in_transaction_session_timeout', '1min', true)
  from recon.settings s
$$;

comment on function recon.bound_lock_waits() is
  'Bounds what others wait for this transaction, to its end: lock_timeout is that of '
  'recon.settings, and a session whose client says nothing for a minute is ended.';
