-- Until the first reconciliation readers see the sums of what is stored.
create or replace function recon.take_over_summaries()
returns void
language plpgsql volatile
as $$
begin
  perform set_config('recon.own_write', 'on', true);
  insert into public.bitcoin_daily_summaries (
    summary_date, miner_model, bitcoin_mined, calculations, updated_at
  )
  select s.summary_date, s.miner_model, s.bitcoin_mined, s.calculations, pg_catalog.now()
  from recon_legacy.daily_sums s
  where not exists (select from public.bitcoin_daily_summaries);
  perform set_config('recon.own_write', 'off', true);
  perform recon.refresh_summaries();
end
$$;

comment on function recon.take_over_summaries() is
  'Fills the kit''s summaries from the stored calculations.';
