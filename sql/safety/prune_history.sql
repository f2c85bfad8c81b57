create or replace function recon.prune_history(keep interval default '90 days')
returns table (pruned text, pruned_rows bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if prune_history.keep is null or prune_history.keep < '0' then
    raise exception 'keep is %', coalesce(prune_history.keep::text, 'null')
      using errcode = 'invalid_parameter_value', hint = 'Use an interval, such as 90 days.';
  end if;

  return query
  with
  old_runs as (
    delete from recon.runs r
    where r.started_at < pg_catalog.now() - prune_history.keep
    returning 1
  ),
  old_repairs as (
    delete from recon.repairs p
    where p.repaired_at < pg_catalog.now() - prune_history.keep
    returning 1
  ),
  old_refusals as (
    delete from recon.difficulty_refusals f
    where f.refused_at < pg_catalog.now() - prune_history.keep
    returning 1
  ),
  old_syncs as (
    delete from recon.syncs s
    where s.started_at < pg_catalog.now() - prune_history.keep
    returning 1
  ),
  old_events as (
    delete from recon.events e
    where e.happened_at < pg_catalog.now() - prune_history.keep
    returning 1
  )
  select 'runs', count(*) from old_runs
  union all
  select 'repairs', count(*) from old_repairs
  union all
  select 'refusals', count(*) from old_refusals
  union all
  select 'syncs', count(*) from old_syncs
  union all
  select 'events', count(*) from old_events;
end
$$;

comment on function recon.prune_history(interval) is
  'Forgets runs, repairs, refusals, syncs and events that are older; the state of the days is '
  'kept.';
