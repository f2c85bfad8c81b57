create or replace function recon.is_stopped(run_id bigint)
returns boolean
language sql stable
as $$
  select exists (
    select from recon.runs r
    where r.run_id = is_stopped.run_id
      and r.outcome = 'stopped'
      and r.confirmed_at is null
  )
$$;

comment on function recon.is_stopped(bigint) is
  'Whether the fuse stopped this run, and nobody has confirmed it.';
