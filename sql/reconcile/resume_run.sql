create or replace procedure recon.resume_run(
  run_id bigint,
  batch_days integer default 10,
  inout outcome text default null,
  inout message text default null
)
language plpgsql
as $$
begin
  call recon.call_alone_outside_a_transaction();
  perform recon.require_resumable(run_id);
  commit;
  call recon.drive_run(
    run_id => run_id,
    batch_days => batch_days,
    max_batches => null,
    outcome => outcome,
    message => message
  );
end
$$;

comment on procedure recon.resume_run(bigint, integer, text, text) is
  'Goes on with a run that was killed, interrupted or limited, to its end. Returns outcome and '
  'message as recon.reconcile does. Error 22023 where nothing of it is left, RK003 while runs are '
  'paused.';
