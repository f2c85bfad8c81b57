create or replace procedure recon.reconcile_date(
  settlement_date date,
  inout run_id bigint default null,
  inout outcome text default null,
  inout message text default null
)
language plpgsql
as $$
begin
  if settlement_date is null then
    raise exception 'settlement_date is null'
      using errcode = 'null_value_not_allowed', hint = 'Give a date, such as 2025-03-01.';
  end if;
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
  'Reconciles one date, pending or not. Returns as recon.reconcile does.';
