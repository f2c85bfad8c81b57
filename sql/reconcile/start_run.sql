create or replace function recon.start_run(
  from_date date,
  to_date date,
  order_by text,
  force boolean
)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_run_id bigint;
  v_evidence record;
  v_unnoticed integer;
  v_has_work boolean;
  v_is_blown boolean;
  v_dates date[] := array[]::date[];
begin
  perform recon.bound_lock_waits();
  perform recon.require_not_paused();
  v_unnoticed := (select count(*) from recon.capture_gaps());
  if v_unnoticed > 0 then
    begin
      perform recon.mend_capture();
    exception when lock_not_available or deadlock_detected then
      -- Somebody writes there. The gap stays and is told; the run that mends it marks every date.
      perform recon.know_partitions();
    end;
    perform recon.require_capture(null);
    v_unnoticed := (select count(*) from recon.capture_gaps());
  end if;
  perform recon.require_range(start_run.from_date, start_run.to_date);
  if start_run.force is null then
    raise exception 'force is null'
      using errcode = 'null_value_not_allowed', hint = 'Use true or false.';
  end if;
  perform recon.require_order(start_run.order_by);

  perform recon.expand_changes();
  -- The ctid has it read the rows, and not an index full of what was consumed.
  v_has_work := start_run.force
    or exists (select from recon.changes c where c.ctid >= '(0,0)'::tid);
  if v_has_work then
    v_dates := array(
      select p.settlement_date from recon.pending_days p
      union
      select p.settlement_date
      from recon.plannable_days(start_run.from_date, start_run.to_date, true) p
      where start_run.force
    );
  end if;
  select e.* into v_evidence from recon.fuse_evidence(v_dates) e where e.is_blown;
  v_is_blown := found;

  insert into recon.runs (
    started_at,
    finished_at,
    outcome,
    reason,
    from_date,
    to_date,
    order_by,
    force,
    calculations_before,
    unnoticed,
    stopped_at,
    stopped_stale,
    stopped_wrong,
    stopped_orphan,
    stopped_dates
  )
  values (
    pg_catalog.now(),
    case when v_is_blown then pg_catalog.now() end,
    case when v_is_blown then 'stopped' end,
    v_evidence.reason,
    start_run.from_date,
    start_run.to_date,
    start_run.order_by,
    start_run.force,
    case when v_has_work then recon.reconciled_calculations() end,
    v_unnoticed,
    case when v_is_blown then clock_timestamp() end,
    v_evidence.stale,
    v_evidence.wrong,
    v_evidence.orphan,
    v_evidence.affected
  )
  returning recon.runs.run_id into v_run_id;

  if v_is_blown or not v_has_work then
    return v_run_id;
  end if;

  insert into recon.run_days (run_id, settlement_date, position)
  select v_run_id, p.settlement_date, p.place
  from recon.planned_days(
    start_run.from_date, start_run.to_date, start_run.order_by, start_run.force
  ) p;

  return v_run_id;
end
$$;

comment on function recon.start_run(date, date, text, boolean) is
  'Opens a run and writes down the days it will do: those pending now, or with force every day of '
  'the range; days that wait for their next attempt only with force. What becomes pending later '
  'is left to the next run. Returns its run_id; where the fuse blew it has no days, and '
  'recon.require_not_stopped says why. Error 22023 for an order_by or range it cannot use, RK003 '
  'while runs are paused, 55000 where a table is not what the kit takes it for.';
