-- Nobody may do anything but by name. The two roles are the DBA's to create (nologin); where they
-- exist they get their rights here, at every deploy.
revoke all on schema recon from public;
revoke all on all tables in schema recon from public;
revoke all on all routines in schema recon from public;

do $$
begin
  if exists (select from pg_roles r where r.rolname = 'recon_reader') then
    grant usage on schema recon to recon_reader;
    grant select on all tables in schema recon to recon_reader;
    grant select on
      public.bitcoin_daily_summaries,
      public.bitcoin_monthly_summaries,
      public.bitcoin_yearly_summaries
    to recon_reader;
    grant execute on function
      recon.gaps(date, date),
      recon.run_message(bigint),
      recon.settlement_periods_in_day(date),
      recon.status()
    to recon_reader;
  end if;

  if exists (select from pg_roles r where r.rolname = 'recon_operator') then
    grant usage on schema recon to recon_operator;
    grant select on all tables in schema recon to recon_operator;
    grant execute on function
      recon.add_sync_page(bigint, jsonb, jsonb),
      recon.apply_sync(bigint, text),
      recon.finish_run(bigint),
      recon.gaps(date, date),
      recon.now(),
      recon.reconcile_batch(bigint, integer),
      recon.reconcile_days(date[]),
      recon.run_message(bigint),
      recon.settlement_periods_in_day(date),
      recon.start_run(date, date, text, boolean),
      recon.start_sync(text),
      recon.status(),
      recon.today()
    to recon_operator;
    grant execute on procedure
      recon.call_alone_outside_a_transaction(),
      recon.reconcile(date, date, integer, integer, text, boolean, bigint, text, text),
      recon.reconcile_date(date, bigint, text, text),
      recon.reconcile_recent(integer, bigint, text, text)
    to recon_operator;
  end if;
end
$$;
