-- A truncate of the difficulties holds their table against all others, and leaves nothing to judge.
create or replace function recon.queue_difficulties()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if tg_op = 'TRUNCATE' and tg_relid = 'recon.network_difficulties'::regclass then
    perform recon.take_lock('difficulties');
  else
    perform recon.lock_difficulties();
  end if;
  return null;
end
$$;

comment on function recon.queue_difficulties() is
  'Statement trigger, before the first row is touched, of what the plausibility of the '
  'difficulties depends on: its writers take turns.';
