create or replace procedure recon.daily_check(
  days integer default 2,
  force boolean default false,
  inout run_id bigint default null,
  inout outcome text default null,
  inout message text default null
)
language plpgsql
as $$
declare
  v_verified record;
begin
  call recon.call_alone_outside_a_transaction();
  commit;

  -- Straight after a commit is the only place where this can be said.
  set transaction isolation level read committed;
  perform recon.require_not_paused();
  select v.from_date, v.to_date, v.message into v_verified from recon.verify_recent(days) v;
  commit;

  call recon.reconcile(
    from_date => v_verified.from_date,
    to_date => v_verified.to_date,
    batch_days => 10,
    max_batches => null,
    order_by => 'recent',
    force => force,
    run_id => run_id,
    outcome => outcome,
    message => message
  );
  message := pg_catalog.concat_ws(' ', v_verified.message, message);
end
$$;

comment on procedure recon.daily_check(integer, boolean, bigint, text, text) is
  'Verifies the last `days` days, today included, cell by cell, and reconciles what is pending '
  'of them then; with force all of them. Returns as recon.reconcile does; the message begins with '
  'what was found.';
