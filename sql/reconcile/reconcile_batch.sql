-- A batch ends where one more day, at the pace so far, would take it further from its time than it
-- is; under a statement_timeout that is half of it at most, so that a batch is not cut short.
create or replace function recon.reconcile_batch(run_id bigint, batch_days integer)
returns table (
  days integer,
  reconciled integer,
  blocked integer,
  failed integer,
  missing bigint,
  stale bigint,
  wrong bigint,
  orphan bigint,
  wait interval
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_started timestamptz := clock_timestamp();
  v_time interval := recon.batch_budget();
  v_settlement_date date;
  v_attempt text;
  v_done date[] := array[]::date[];
  v_set_back date;
begin
  perform recon.require_read_committed();
  if reconcile_batch.batch_days is null or reconcile_batch.batch_days < 1 then
    raise exception 'batch_days is %', coalesce(reconcile_batch.batch_days::text, 'null')
      using errcode = 'invalid_parameter_value', hint = 'Use 1 or more.';
  end if;

  perform recon.bound_lock_waits();

  for v_settlement_date in
    select d.settlement_date
    from recon.run_days d
    where d.run_id = reconcile_batch.run_id
      and d.outcome is null
      and (select s.paused_reason is null from recon.settings s)
      and not recon.is_stopped(d.run_id)
    order by d.position
  loop
    v_attempt := recon.attempt_day(v_settlement_date, reconcile_batch.run_id);
    if v_attempt = 'done' then
      v_done := v_done || v_settlement_date;
    elsif v_attempt = 'set back' then
      v_set_back := v_settlement_date;
    elsif v_attempt = 'stopped' then
      perform recon.stop_run(reconcile_batch.run_id);
      exit;
    end if;
    exit when v_set_back is not null
      or cardinality(v_done) >= reconcile_batch.batch_days
      or (clock_timestamp() - v_started) * (1 + 0.5 / greatest(cardinality(v_done), 1)) >= v_time
      or recon.statement_timed_out();
  end loop;

  return query
  select
    count(*) filter (where d.outcome is not null)::integer,
    count(*) filter (where d.outcome in ('reconciled', 'already_done'))::integer,
    count(*) filter (where d.outcome = 'blocked')::integer,
    count(*) filter (where d.outcome = 'failed')::integer,
    coalesce(sum(d.missing), 0),
    coalesce(sum(d.stale), 0),
    coalesce(sum(d.wrong), 0),
    coalesce(sum(d.orphan), 0),
    max(interval '100 milliseconds' * 2 ^ d.setbacks * (0.5 + random()))
      filter (where d.outcome is null)
  from recon.run_days d
  where d.run_id = reconcile_batch.run_id
    and d.settlement_date = any (v_done || v_set_back);
end
$$;

comment on function recon.reconcile_batch(bigint, integer) is
  'Reconciles the next days of a run, at most batch_days and for about settings.batch_time, '
  'passing over those that another worker holds; the commit of the caller''s transaction is the '
  'checkpoint. Returns what was done, and the time to wait before the next batch where a passing '
  'error ended this one, else null; days = 0 without a wait: none is left, runs are paused, '
  'or the fuse has stopped this one. '
  'Error RK001 unless the transaction is read committed.';
