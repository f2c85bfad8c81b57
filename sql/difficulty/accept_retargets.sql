create or replace function recon.accept_retargets(lines jsonb, source text)
returns bigint
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  -- Before any row of the table, as a sync does.
  select recon.lock_difficulties();

  with
  given as materialized (
    select r.height, r.began_at, r.nbits, r.difficulty
    from recon.read_retargets(accept_retargets.lines) r
    where not exists (select from recon.retargets k where k.height = r.height)
  ),
  dated as (
    delete from recon.retargets k
    using given g
    where k.height is null
      and k.nbits = g.nbits
  ),
  added as (
    insert into recon.retargets (height, began_at, nbits, difficulty, source)
    select g.height, g.began_at, g.nbits, g.difficulty, accept_retargets.source
    from given g
    order by g.height
    returning 1
  )
  select count(*) from added
$$;

comment on function recon.accept_retargets(jsonb, text) is
  'Stores the retargets of a file that are not known, with the hour of those that a sync has '
  'brought; returns how many. recon.bad_retargets has to have found nothing.';
