create or replace function recon.bound_lock_waits()
returns void
language sql volatile
as $$
  select set_config('lock_timeout', extract(epoch from s.lock_timeout) * 1000 || 'ms', true)
  from recon.settings s
$$;

comment on function recon.bound_lock_waits() is
  'Sets lock_timeout to that of recon.settings, to the end of the transaction.';
