create or replace function recon.reconcile_batch(run_id bigint, batch_days integer)
returns table (
  days integer,
  reconciled integer,
  blocked integer,
  failed integer,
  missing bigint,
  stale bigint,
  wrong bigint,
  orphan bigint
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
as $$
declare
  v_settlement_date date;
  v_done date[] := array[]::date[];
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
    order by d.position
  loop
    if recon.attempt_day(v_settlement_date, reconcile_batch.run_id) then
      v_done := v_done || v_settlement_date;
    end if;
    exit when cardinality(v_done) >= reconcile_batch.batch_days or recon.statement_timed_out();
  end loop;

  return query
  select
    count(*)::integer,
    count(*) filter (where d.outcome = 'reconciled')::integer,
    count(*) filter (where d.outcome = 'blocked')::integer,
    count(*) filter (where d.outcome = 'failed')::integer,
    coalesce(sum(d.missing), 0),
    coalesce(sum(d.stale), 0),
    coalesce(sum(d.wrong), 0),
    coalesce(sum(d.orphan), 0)
  from recon.run_days d
  where d.run_id = reconcile_batch.run_id
    and d.settlement_date = any (v_done);
end
$$;

comment on function recon.reconcile_batch(bigint, integer) is
  'Reconciles the next days of a run, at most batch_days, passing over those that another worker '
  'holds; the commit of the caller''s transaction is the checkpoint. Returns what was done, days '
  '= 0 when none is left or runs are paused. Error RK001 unless the transaction is read committed.';
