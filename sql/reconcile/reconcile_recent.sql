create or replace procedure recon.reconcile_recent(
  days integer default 30,
  force boolean default false,
  inout run_id bigint default null,
  inout outcome text default null,
  inout message text default null
)
language plpgsql
as $$
begin
  call recon.reconcile(
    from_date => (recon.recent_range(days)).from_date,
    to_date => null,
    batch_days => 10,
    max_batches => null,
    order_by => 'recent',
    force => force,
    run_id => run_id,
    outcome => outcome,
    message => message
  );
end
$$;

comment on procedure recon.reconcile_recent(integer, boolean, bigint, text, text) is
  'Reconciles what is pending in the last `days` days, today included; with force all of them. '
  'Returns as recon.reconcile does.';
