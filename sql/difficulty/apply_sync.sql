create or replace function recon.apply_sync(
  sync_id bigint,
  date_format text default 'YYYY-MM-DD',
  since date default null
)
returns table (finding text, item_id text, date_text text, difficulty_text text, explanation text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  -- What another sync stores must be seen here; in a statement of its own, for the snapshot.
  perform recon.bound_lock_waits();
  perform recon.lock_difficulties();

  return query
  with
  sync as (
    select s.sync_id, s.source from recon.syncs s where s.sync_id = apply_sync.sync_id
  ),
  readings as materialized (
    select v.*
    from recon.judged_values(apply_sync.sync_id, apply_sync.date_format, apply_sync.since) v
  ),
  refused as materialized (
    select
      v.item_id,
      v.settlement_date,
      v.date_text,
      v.difficulty_text,
      v.refusal,
      exists (
        select
        from recon.difficulty_refusals k
        cross join sync s
        where (k.source, k.item_id, k.date_text, k.difficulty_text, k.reason)
          is not distinct from (s.source, v.item_id, v.date_text, v.difficulty_text, v.refusal)
          and k.acknowledged_because is not null
      ) or exists (
        select
        from recon.difficulty_decisions x
        where x.settlement_date = v.settlement_date
          and x.verdict = 'rejected'
          and recon.is_same_difficulty(x.difficulty, v.difficulty)
      ) as is_settled
    from readings v
    where v.refusal is not null
  ),
  accepted as (
    select distinct on (v.settlement_date) v.settlement_date, v.difficulty, v.item_id
    from readings v
    where v.refusal is null
    order by v.settlement_date, v.written_as = v.difficulty desc, v.item_id
  ),
  changes as (
    insert into recon.network_difficulties as d (
      settlement_date, difficulty, source, item_id, sync_id, recorded_at
    )
    select a.settlement_date, a.difficulty, s.source, a.item_id, s.sync_id, pg_catalog.now()
    from sync s
    cross join accepted a
    left join recon.network_difficulties k on k.settlement_date = a.settlement_date
    where k.difficulty is distinct from a.difficulty
    order by a.settlement_date
    on conflict (settlement_date) do update
    set difficulty = excluded.difficulty,
      source = excluded.source,
      item_id = excluded.item_id,
      sync_id = excluded.sync_id,
      recorded_at = excluded.recorded_at
    where d.difficulty <> excluded.difficulty
    returning d.settlement_date
  ),
  refusals as (
    insert into recon.difficulty_refusals (
      sync_id, source, item_id, settlement_date, date_text, difficulty_text, reason, refused_at
    )
    select
      s.sync_id,
      s.source,
      v.item_id,
      v.settlement_date,
      v.date_text,
      v.difficulty_text,
      v.refusal,
      pg_catalog.now()
    from sync s
    cross join refused v
    on conflict on constraint refusal_is_new do nothing
  ),
  finished as (
    update recon.syncs s
    set finished_at = clock_timestamp(),
      resume_key = null,
      changed = (select count(*) from changes),
      refused = (select count(*) from refused v where not v.is_settled),
      first_date = (select min(a.settlement_date) from accepted a),
      last_date = (select max(a.settlement_date) from accepted a)
    where s.sync_id = apply_sync.sync_id
  ),
  cleared as (
    delete from recon.sync_items i where i.sync_id = apply_sync.sync_id
  )
  select
    case when v.is_settled then 'settled' else 'refused' end,
    v.item_id,
    v.date_text,
    v.difficulty_text,
    v.refusal
  from refused v
  union all
  select
    'notation',
    v.item_id,
    v.date_text,
    v.difficulty_text,
    'another notation of ' || v.difficulty || ', which is used'
  from readings v
  where v.refusal is null
    and v.written_as <> v.difficulty
  order by 1 desc, 3, 2;

  perform recon.learn_targets(apply_sync.sync_id);
  perform recon.announce_suspects(apply_sync.sync_id);
end
$$;

comment on function recon.apply_sync(bigint, text, date) is
  'Ends a sync whose last page is in: writes the difficulties that are new or other than before, '
  'from a date on (null: all), so that only their days become pending, and refuses what cannot be '
  'used, leaving the date as it was. Returns the items refused, as settled where a person has '
  'rejected the value or acknowledged the refusal, and then not counted; and the items and stored '
  'values that are another notation of a more precise value.';
