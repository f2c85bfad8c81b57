create or replace function recon.rates_fingerprint(settlement_date date, miner_models text[])
returns numeric
language plpgsql stable
as $$
begin
  return (
    select coalesce(sum(recon.rate_hash(r.miner_model, r.btc_per_mwh)), 0)
    from recon.mining_rates r
    where r.settlement_date = rates_fingerprint.settlement_date
      and r.is_active
      and coalesce(r.miner_model = any (rates_fingerprint.miner_models), true)
  );
end
$$;

comment on function recon.rates_fingerprint(date, text[]) is
  'Sum of the hashes of the rates of a date, of these models (null = all that are active): another '
  'difficulty, reward or model is another sum.';
