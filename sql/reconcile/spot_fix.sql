create or replace function recon.spot_fix(
  settlement_date date,
  settlement_period integer,
  farm_id text
)
returns table (
  miner_model text,
  kind text,
  btc_before numeric,
  btc_after numeric
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
as $$
declare
  v_run_id bigint;
  v_gaps recon.gap[];
  v_obstacle text;
begin
  perform recon.require_read_committed();
  perform recon.require_not_paused();
  perform recon.require_capture(null);
  perform recon.require_cell(
    spot_fix.settlement_date, spot_fix.settlement_period, spot_fix.farm_id
  );
  perform recon.require_valid_source(
    spot_fix.settlement_date, spot_fix.settlement_period, spot_fix.farm_id
  );
  v_obstacle := recon.day_obstacle(spot_fix.settlement_date);
  if v_obstacle is not null then
    raise exception '% is blocked: %', spot_fix.settlement_date, v_obstacle
      using errcode = 'object_not_in_prerequisite_state',
        hint = recon.next_step(
          recon.obstacle_code(spot_fix.settlement_date),
          spot_fix.settlement_date,
          spot_fix.settlement_date
        );
  end if;
  perform recon.bound_lock_waits();
  if not recon.lock_day(spot_fix.settlement_date) then
    raise exception 'another worker holds %', spot_fix.settlement_date
      using errcode = 'lock_not_available', hint = 'Try again in a moment.';
  end if;
  perform recon.require_not_skipped(spot_fix.settlement_date);

  insert into recon.runs (started_at, from_date, to_date, order_by, force, calculations_before)
  values (
    pg_catalog.now(),
    spot_fix.settlement_date,
    spot_fix.settlement_date,
    'recent',
    true,
    recon.reconciled_calculations()
  )
  returning recon.runs.run_id into v_run_id;
  insert into recon.run_days (run_id, settlement_date, position, outcome, finished_at)
  values (v_run_id, spot_fix.settlement_date, 1, 'reconciled', clock_timestamp());
  v_gaps := recon.repair_part(
    spot_fix.settlement_date, spot_fix.settlement_period, spot_fix.farm_id, v_run_id
  );
  perform recon.close_run(v_run_id);

  return query
  select g.miner_model, g.kind, null::numeric, g.expected_btc
  from unnest(v_gaps) g
  where g.kind = 'missing'
  union all
  select p.miner_model, p.kind, p.bitcoin_mined_before, p.bitcoin_mined_after
  from recon.repairs p
  where p.settlement_date = spot_fix.settlement_date
    and p.run_id = v_run_id
  order by 1;
end
$$;

comment on function recon.spot_fix(date, integer, text) is
  'Repairs the cells of one period and farm, and sums the day up; the month and year follow at '
  'the end of the next run, and the day stays pending if it was. Returns what was changed. '
  'Errors: 22023 for a cell that is not there, 55000 for one of invalid source and for a blocked '
  'or skipped day, 55P03 where a worker holds it, RK002 where the fuse forbids it.';
