-- depends: 0030.order-of-days
-- A trigger that 0026 has left where it was: since then the daily sums have it.

do $$
begin
  if exists (
    select
    from pg_trigger t
    where t.tgrelid = to_regclass('public.bitcoin_daily_summaries')
      and t.tgname = 'record_refresh'
      and t.tgfoid = to_regprocedure('recon.record_refresh()')
  ) then
    drop trigger record_refresh on public.bitcoin_daily_summaries;
  end if;
end
$$;
