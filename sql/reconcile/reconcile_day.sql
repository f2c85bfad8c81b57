-- The order of the statements is the proof that no change is lost. The caller holds the date; the
-- changes are deleted first; each later statement has a newer snapshot, so it sees whatever a
-- deleted row spoke of. What commits in between leaves a row of its own, for the next run.
create or replace function recon.reconcile_day(settlement_date date, run_id bigint)
returns void
language plpgsql volatile
as $$
declare
  v_started timestamptz := clock_timestamp();
  v_force boolean := (select r.force from recon.runs r where r.run_id = reconcile_day.run_id);
  v_is_pending boolean;
  v_models text[];
  v_before recon.days;
  v_is_done boolean := false;
  v_day recon.days;
  v_obstacle text;
  v_invalid_keys integer;
  v_gaps recon.gap[];
  v_is_held boolean := false;
  v_sums recon.model_sum[];
  v_missing integer := 0;
  v_stale integer := 0;
  v_wrong integer := 0;
  v_orphan integer := 0;
begin
  with taken as (
    delete from recon.changes c
    where c.settlement_date = reconcile_day.settlement_date
    returning c.miner_model
  )
  select
    count(*) > 0,
    case when count(*) = count(t.miner_model) then array_agg(distinct t.miner_model) end
  into v_is_pending, v_models
  from taken t;

  -- A mark of every day stands for this one too, until a run has turned it into days.
  if not v_is_pending
    and not v_force
    and not exists (select from recon.changes c where c.settlement_date = '-infinity')
  then
    update recon.run_days d
    set outcome = 'already_done',
      source_rows = (
        select s.source_rows
        from recon.days s
        where s.settlement_date = reconcile_day.settlement_date
      ),
      finished_at = clock_timestamp()
    where d.run_id = reconcile_day.run_id
      and d.settlement_date = reconcile_day.settlement_date;
    return;
  end if;

  v_day.settlement_date := reconcile_day.settlement_date;
  v_day.run_id := reconcile_day.run_id;
  v_obstacle := recon.day_obstacle(reconcile_day.settlement_date);
  perform set_config('recon.own_write', 'on', true);

  -- Models that no change names are as the day's last run left them: another change would have a
  -- row of its own. So what it recorded of them stands, and new models are added to it.
  select d.calculations, d.source_fingerprint, d.derived_fingerprint
  into v_before.calculations, v_before.source_fingerprint, v_before.derived_fingerprint
  from recon.days d
  where d.settlement_date = reconcile_day.settlement_date
    and d.outcome = 'reconciled'
    and v_models is not null
    and not v_force;
  if not found then
    v_models := null;
  end if;

  if v_obstacle is null
    and recon.interferences('public.historical_bitcoin_calculations') is null
    and not exists (
    select from public.historical_bitcoin_calculations h
    where h.settlement_date = reconcile_day.settlement_date
      and coalesce(h.miner_model = any (v_models), true)
  ) then
    select
      c.source_rows,
      c.curtailed_mwh,
      c.invalid_keys,
      c.source_fingerprint,
      c.missing,
      c.sums
    into
      v_day.source_rows,
      v_day.curtailed_mwh,
      v_invalid_keys,
      v_day.source_fingerprint,
      v_missing,
      v_sums
    from recon.insert_cells(
      reconcile_day.settlement_date,
      v_models,
      v_models is null
        and not recon.comes_last(reconcile_day.settlement_date, reconcile_day.run_id)
    ) c;

    -- Unless the source or the rates are not those that it was recorded with.
    v_is_done := v_models is null
      or v_day.source_fingerprint is not distinct from v_before.source_fingerprint
        + recon.rates_fingerprint(reconcile_day.settlement_date, v_models);
  end if;

  if not v_is_done then
    v_models := null;
    select
      c.source_rows,
      c.curtailed_mwh,
      c.invalid_keys,
      c.source_fingerprint + recon.rates_fingerprint(reconcile_day.settlement_date, null),
      c.gaps,
      c.sums,
      c.is_held
    into
      v_day.source_rows,
      v_day.curtailed_mwh,
      v_invalid_keys,
      v_day.source_fingerprint,
      v_gaps,
      v_sums,
      v_is_held
    from recon.compare_day(reconcile_day.settlement_date, true) c;

    if v_day.curtailed_mwh > 0 and v_obstacle is not null then
      v_day.reason := v_obstacle;
      v_gaps := null;
      v_sums := null;
    end if;
  end if;

  if cardinality(v_gaps) > 0 then
    select v_missing + c.missing, c.stale, c.wrong, c.orphan
    into v_missing, v_stale, v_wrong, v_orphan
    from recon.repair_cells(reconcile_day.settlement_date, v_gaps, reconcile_day.run_id) c;
  end if;

  v_day.invalid_cells := v_invalid_keys
    * (select count(*) from recon.miner_models m where m.is_active);
  if v_day.reason is null and v_day.invalid_cells > 0 then
    v_day.reason := format('invalid source in %s cells', v_day.invalid_cells);
  end if;

  select s.calculations, s.fingerprint
  into v_day.calculations, v_day.derived_fingerprint
  from recon.write_daily_summaries(reconcile_day.settlement_date, v_sums, v_models) s;
  if v_is_held or v_day.reason = v_obstacle then
    -- Rows that nothing proves keep the fingerprint that they had when something did.
    v_day.derived_fingerprint := coalesce(
      (
        select d.derived_fingerprint + recon.gaps_fingerprint(v_gaps)
        from recon.days d
        where d.settlement_date = reconcile_day.settlement_date
      ),
      v_day.derived_fingerprint
    );
  end if;
  if v_models is not null then
    v_day.calculations := v_day.calculations + v_before.calculations;
    v_day.derived_fingerprint := v_day.derived_fingerprint + v_before.derived_fingerprint;
  end if;

  perform set_config('recon.own_write', 'off', true);

  -- Every cell was compared, and none was off.
  if v_day.reason is null and cardinality(v_gaps) = 0 and v_missing = 0 then
    v_day.verified_at := pg_catalog.now();
  end if;
  perform recon.record_day(v_day);

  update recon.run_days d
  set outcome = case when v_day.reason is null then 'reconciled' else 'blocked' end,
    reason = v_day.reason,
    source_rows = v_day.source_rows,
    missing = d.missing + v_missing,
    stale = d.stale + v_stale,
    wrong = d.wrong + v_wrong,
    orphan = d.orphan + v_orphan,
    finished_at = clock_timestamp(),
    duration = clock_timestamp() - v_started
  where d.run_id = reconcile_day.run_id
    and d.settlement_date = reconcile_day.settlement_date;
end
$$;

comment on function recon.reconcile_day(date, bigint) is
  'Reconciles one date that the caller has locked, as part of a run: consumes its changes, '
  'repairs its cells, sums it up, and records the outcome in days and run_days.';
