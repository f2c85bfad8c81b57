-- The order of the statements is the proof that no change is lost. The caller holds the date; the
-- changes are deleted first; each later statement has a newer snapshot, so it sees whatever a
-- deleted row spoke of. What commits in between leaves a row of its own, for the next run.
create or replace function recon.reconcile_day(settlement_date date, run_id bigint)
returns void
language plpgsql volatile
as $$
declare
  v_started timestamptz := clock_timestamp();
  v_source_rows integer;
  v_curtailed_mwh numeric;
  v_invalid_cells integer;
  v_obstacle text;
  v_calculations integer;
  v_source_fingerprint numeric;
  v_derived_fingerprint numeric;
  v_missing integer := 0;
  v_stale integer := 0;
  v_wrong integer := 0;
  v_orphan integer := 0;
begin
  delete from recon.changes c
  where c.settlement_date = reconcile_day.settlement_date;

  if not found and not (select r.force from recon.runs r where r.run_id = reconcile_day.run_id) then
    update recon.run_days d
    set outcome = 'already_done', finished_at = clock_timestamp()
    where d.run_id = reconcile_day.run_id
      and d.settlement_date = reconcile_day.settlement_date;
    return;
  end if;

  select
    coalesce(sum(e.source_rows), 0),
    coalesce(sum(e.curtailed_mwh) filter (where e.is_valid), 0),
    count(*) filter (where not e.is_valid)
      * (select count(*) from recon.miner_models m where m.is_active),
    coalesce(sum(e.hash), 0) + recon.rates_fingerprint(reconcile_day.settlement_date)
  into v_source_rows, v_curtailed_mwh, v_invalid_cells, v_source_fingerprint
  from recon.curtailed_energy e
  where e.settlement_date = reconcile_day.settlement_date;

  if v_curtailed_mwh > 0 then
    v_obstacle := recon.day_obstacle(reconcile_day.settlement_date);
  end if;

  perform set_config('recon.own_write', 'on', true);

  if v_obstacle is null then
    if exists (
      select from public.historical_bitcoin_calculations h
      where h.settlement_date = reconcile_day.settlement_date
    ) then
      select c.missing, c.stale, c.wrong, c.orphan
      into v_missing, v_stale, v_wrong, v_orphan
      from recon.repair_cells(
        reconcile_day.settlement_date, null, null, reconcile_day.run_id
      ) c;
    else
      v_missing := recon.insert_cells(reconcile_day.settlement_date);
    end if;
    if v_invalid_cells > 0 then
      v_obstacle := format('invalid source in %s cells', v_invalid_cells);
    end if;
  end if;

  select s.calculations, s.fingerprint
  into v_calculations, v_derived_fingerprint
  from recon.sum_day(reconcile_day.settlement_date) s;
  perform set_config('recon.own_write', 'off', true);

  insert into recon.days as d (
    settlement_date,
    outcome,
    reason,
    source_rows,
    curtailed_mwh,
    calculations,
    invalid_cells,
    run_id,
    reconciled_at,
    source_fingerprint,
    derived_fingerprint
  )
  select
    reconcile_day.settlement_date,
    case when v_obstacle is null then 'reconciled' else 'blocked' end,
    v_obstacle,
    v_source_rows,
    v_curtailed_mwh,
    v_calculations,
    v_invalid_cells,
    reconcile_day.run_id,
    recon.now(),
    v_source_fingerprint,
    v_derived_fingerprint
  where v_source_rows > 0
    or v_calculations > 0
    or exists (
      select from recon.days d where d.settlement_date = reconcile_day.settlement_date
    )
  on conflict on constraint days_pkey do update
  set outcome = excluded.outcome,
    reason = excluded.reason,
    sqlstate = null,
    source_rows = excluded.source_rows,
    curtailed_mwh = excluded.curtailed_mwh,
    calculations = excluded.calculations,
    invalid_cells = excluded.invalid_cells,
    attempts = 0,
    next_attempt_at = null,
    run_id = excluded.run_id,
    reconciled_at = excluded.reconciled_at,
    source_fingerprint = excluded.source_fingerprint,
    derived_fingerprint = excluded.derived_fingerprint;

  update recon.run_days d
  set outcome = case when v_obstacle is null then 'reconciled' else 'blocked' end,
    reason = v_obstacle,
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
