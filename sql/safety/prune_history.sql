-- What is open is not history: a run that goes on or can be resumed, a stop that nobody has
-- decided about, a refusal that can still be accepted, a scan that is not at its end, an event that
-- has to be posted, the last word about an alert.
create or replace function recon.prune_history(keep interval default null)
returns table (pruned text, pruned_rows bigint, open_rows bigint, open_because text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_until timestamptz;
begin
  if prune_history.keep not between '0' and '1000 years' then
    raise exception 'keep is %', prune_history.keep
      using errcode = 'invalid_parameter_value', hint = 'Use an interval, such as 90 days.';
  end if;
  select pg_catalog.now() - coalesce(prune_history.keep, s.keep_history)
  into strict v_until
  from recon.settings s;

  return query
  with
  runs as materialized (
    select r.run_id, recon.is_open_run(r.run_id) as is_open
    from recon.runs r
    where r.started_at < v_until
  ),
  refusals as materialized (
    select
      f.refusal_id,
      f.acknowledged_because is not null
        or recon.is_open_refusal(f.settlement_date, f.difficulty_text) as is_open
    from recon.difficulty_refusals f
    where f.refused_at < v_until
  ),
  syncs as materialized (
    select s.sync_id, s.finished_at is null as is_open
    from recon.syncs s
    where s.started_at < v_until
  ),
  events as materialized (
    select e.event_id, recon.is_open_event(e) as is_open
    from recon.events e
    where e.happened_at < v_until
  ),
  repairs as materialized (
    select
      p.settlement_date,
      p.repair_id,
      p.run_id in (select r.run_id from runs r where r.is_open) as is_open
    from recon.repairs p
    where p.repaired_at < v_until
  ),
  old_runs as (
    delete from recon.runs r
    using runs o
    where r.run_id = o.run_id
      and not o.is_open
  ),
  old_repairs as (
    delete from recon.repairs p
    using repairs o
    where (p.settlement_date, p.repair_id) = (o.settlement_date, o.repair_id)
      and not o.is_open
  ),
  old_refusals as (
    delete from recon.difficulty_refusals f
    using refusals o
    where f.refusal_id = o.refusal_id
      and not o.is_open
  ),
  old_syncs as (
    delete from recon.syncs s
    using syncs o
    where s.sync_id = o.sync_id
      and not o.is_open
  ),
  old_events as (
    delete from recon.events e
    using events o
    where e.event_id = o.event_id
      and not o.is_open
  ),
  old_ignored as (
    delete from recon.ignored_writes i
    where i.written_at < v_until
    returning i.write_id
  )
  select
    t.pruned,
    t.pruned_rows,
    t.open_rows,
    case when t.open_rows > 0 then t.open_because end
  from (
    select
      1, 'runs', count(*) filter (where not o.is_open), count(*) filter (where o.is_open),
      'not ended, days left, or stopped and to be confirmed'
    from runs o
    union all
    select
      2, 'repairs', count(*) filter (where not o.is_open), count(*) filter (where o.is_open),
      'their run is kept'
    from repairs o
    union all
    select
      3, 'refusals', count(*) filter (where not o.is_open), count(*) filter (where o.is_open),
      'a person can still accept them, or lets them stand'
    from refusals o
    union all
    select
      4, 'syncs', count(*) filter (where not o.is_open), count(*) filter (where o.is_open),
      'not ended'
    from syncs o
    union all
    select
      5, 'events', count(*) filter (where not o.is_open), count(*) filter (where o.is_open),
      'to be posted, or the last of their alert'
    from events o
    union all
    select 6, 'ignored writes', count(*), 0, null
    from old_ignored o
  ) t (place, pruned, pruned_rows, open_rows, open_because)
  order by t.place;
end
$$;

comment on function recon.prune_history(interval) is
  'Forgets runs, repairs, refusals, syncs, events and ignored writes older than keep (null: '
  'settings.keep_history), but for those that are still open; the state of the days is kept. '
  'Returns how many of each, how many were kept though they are older, and why.';
