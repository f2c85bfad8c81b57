create or replace function recon.sum_day(settlement_date date)
returns recon.model_sum[]
language plpgsql stable
as $$
begin
  return coalesce(array_agg(s.model_sum), '{}')
  from (
    select (
      h.miner_model,
      sum(h.bitcoin_mined),
      count(*),
      sum(
        recon.calculation_hash(
          h.settlement_period, h.farm_id, h.miner_model, h.bitcoin_mined, h.difficulty
        )
      )
    )::recon.model_sum as model_sum
    from public.historical_bitcoin_calculations h
    where h.settlement_date = sum_day.settlement_date
    group by h.miner_model
  ) s;
end
$$;

comment on function recon.sum_day(date) is 'The stored calculations of a date, summed by model.';
