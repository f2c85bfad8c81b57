create or replace procedure recon.reconcile(
  from_date date default null,
  to_date date default null,
  batch_days integer default 10,
  max_batches integer default null,
  order_by text default 'usual',
  force boolean default false,
  inout run_id bigint default null,
  inout outcome text default null,
  inout message text default null
)
language plpgsql
as $$
begin
  call recon.call_alone_outside_a_transaction();
  commit;

  -- Straight after a commit is the only place where this can be said.
  set transaction isolation level read committed;
  run_id := recon.start_run(from_date, to_date, order_by, force);
  commit;
  perform recon.require_not_stopped(run_id);
  commit;

  call recon.drive_run(
    run_id => run_id,
    batch_days => batch_days,
    max_batches => max_batches,
    outcome => outcome,
    message => message
  );
end
$$;

comment on procedure
  recon.reconcile(date, date, integer, integer, text, boolean, bigint, text, text) is
  'Reconciles the pending days of a range (null = no bound), batch_days to a transaction, at most '
  'max_batches of them (null = all), in the order recent, oldest, largest or usual (days after the '
  'last stored calculation oldest first, as they fill its index best, then the others newest '
  'first); with force the days that are not pending too. Returns run_id, outcome (complete or '
  'incomplete) and a message. '
  'Call it alone, outside a transaction (else error 2D000). Error RK002 where the fuse blew, RK003 '
  'while runs are paused.';
