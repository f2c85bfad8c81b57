create or replace procedure recon.drive_run(
  run_id bigint,
  batch_days integer,
  max_batches integer,
  inout outcome text,
  inout message text
)
language plpgsql
as $$
declare
  v_batches integer := 0;
  v_days integer;
  v_wait interval;
begin
  loop
    commit;
    -- Straight after a commit is the only place where this can be said.
    set transaction isolation level read committed;
    exit when v_batches >= max_batches;
    select b.days, b.wait into v_days, v_wait from recon.reconcile_batch(run_id, batch_days) b;
    exit when v_days = 0 and v_wait is null;
    v_batches := v_batches + 1;
    exit when recon.statement_timed_out();
    if v_wait is not null then
      commit;
      perform pg_sleep_for(v_wait);
    end if;
  end loop;

  outcome := recon.finish_run(run_id);
  message := recon.run_message(run_id);
  commit;
  perform recon.require_not_stopped(run_id);
end
$$;

comment on procedure recon.drive_run(bigint, integer, integer, text, text) is
  'Reconciles what is left of a run, a batch to a transaction, and closes it. Error RK002 where '
  'the fuse stopped it; what was committed stays.';
