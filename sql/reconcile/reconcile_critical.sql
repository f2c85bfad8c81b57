create or replace procedure recon.reconcile_critical(
  settlement_date date,
  inout run_id bigint default null,
  inout outcome text default null,
  inout message text default null
)
language plpgsql
as $$
declare
  v_period integer;
begin
  perform recon.require_known_date(settlement_date);
  call recon.call_alone_outside_a_transaction();
  commit;

  set transaction isolation level read committed;
  run_id := recon.start_run(settlement_date, settlement_date, 'recent', true);
  commit;
  perform recon.require_not_stopped(run_id);
  perform recon.require_not_skipped(settlement_date);

  foreach v_period in array recon.periods_with_gaps(settlement_date) loop
    exit when recon.is_paused();
    for v_attempt in 1..3 loop
      commit;
      set transaction isolation level read committed;
      exit when recon.attempt_period(settlement_date, v_period, run_id, v_attempt);
      commit;
      perform pg_sleep(float8 '0.2' * v_attempt::float8 * (float8 '0.5' + random()));
    end loop;
    commit;
    perform recon.require_not_stopped(run_id);
  end loop;
  commit;

  set transaction isolation level read committed;
  outcome := recon.finish_critical(settlement_date, run_id);
  message := recon.run_message(run_id);
  commit;
  perform recon.require_not_stopped(run_id);
end
$$;

comment on procedure recon.reconcile_critical(date, bigint, text, text) is
  'Reconciles one problem date with extra safeguards: a transaction per half hour, verified '
  'before it commits, three attempts with growing waits; one that cannot be repaired is recorded '
  'in period_failures and passed by. Returns as recon.reconcile does. Error 22023 for a date in '
  'the future or before the first record, RK002 where the fuse stopped it.';
