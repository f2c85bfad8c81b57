create or replace function recon.sum_calculations()
returns void
language plpgsql volatile
as $$
begin
  delete from recon_legacy.daily_sums;

  insert into recon_legacy.daily_sums (summary_date, miner_model, bitcoin_mined, calculations)
  select h.settlement_date, h.miner_model, sum(h.bitcoin_mined), count(*)
  from public.historical_bitcoin_calculations h
  join recon.miner_models m on m.miner_model = h.miner_model
  group by h.settlement_date, h.miner_model;
end
$$;

comment on function recon.sum_calculations() is
  'Sums the stored calculations by day, ahead of the moment when the kit''s summaries take the '
  'place of the platform''s.';
