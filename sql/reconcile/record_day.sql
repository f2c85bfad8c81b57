create or replace function recon.record_day(day recon.days)
returns void
language sql volatile
as $$
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
    day.settlement_date,
    case when day.reason is null then 'reconciled' else 'blocked' end,
    day.reason,
    day.source_rows,
    day.curtailed_mwh,
    day.calculations,
    day.invalid_cells,
    day.run_id,
    pg_catalog.now(),
    day.source_fingerprint,
    day.derived_fingerprint
  where day.source_rows > 0
    or day.calculations > 0
    or exists (select from recon.days d where d.settlement_date = day.settlement_date)
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
    verified_at = case
      when d.verified_at >= d.reconciled_at then coalesce(day.verified_at, d.verified_at)
      else d.verified_at
    end,
    source_fingerprint = excluded.source_fingerprint,
    derived_fingerprint = excluded.derived_fingerprint
$$;

comment on function recon.record_day(recon.days) is
  'Stores where a day stands after its reconciliation: blocked where it has a reason, else '
  'reconciled. A date that never had a row of anything is no day. With verified_at, a day that was '
  'verified stays so.';
