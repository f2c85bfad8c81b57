create or replace procedure recon.reconcile_date(
  settlement_date date,
  inout run_id bigint default null,
  inout outcome text default null,
  inout message text default null
)
language plpgsql
as $$
begin
  perform recon.require_known_date(settlement_date);
  call recon.reconcile(
    from_date => settlement_date,
    to_date => settlement_date,
    batch_days => 1,
    max_batches => null,
    order_by => 'recent',
    force => true,
    run_id => run_id,
    outcome => outcome,
    message => message
  );
end
$$;

comment on procedure recon.reconcile_date(date, bigint, text, text) is
  'Reconciles one date, pending or not. Returns as recon.reconcile does. Error 22023 for '
  'a date in the future or before the first record.';
