-- A stored row is right where its energy, its rate and its difficulty are the expected ones; keys
-- are unique, so as many right rows as expected ones, and no other row, are all of them. That
-- needs neither the full join nor a name for what is off, and workers can share the days.
create or replace function recon.is_right(settlement_date date)
returns boolean
language plpgsql stable parallel safe cost 100000
set enable_seqscan = off
as $$
begin
  return (
    with
    energy as materialized (
      select e.settlement_period, e.farm_id, e.curtailed_mwh, e.is_valid
      from recon.curtailed_energy e
      where e.settlement_date = is_right.settlement_date
        and (e.curtailed_mwh > 0 or not e.is_valid)
    ),
    rates as materialized (
      select r.miner_model, r.difficulty, r.btc_per_mwh
      from recon.mining_rates r
      where r.settlement_date = is_right.settlement_date
        and r.is_active
    ),
    stored as materialized (
      select
        h.miner_model,
        count(*) as calculations,
        sum(h.bitcoin_mined) as bitcoin_mined,
        count(*) filter (
          where h.difficulty = r.difficulty
            and e.is_valid
            and h.bitcoin_mined = recon.btc_mined(e.curtailed_mwh, r.btc_per_mwh)
        ) as right_ones
      from public.historical_bitcoin_calculations h
      left join energy e on e.settlement_period = h.settlement_period and e.farm_id = h.farm_id
      left join rates r on r.miner_model = h.miner_model
      where h.settlement_date = is_right.settlement_date
      group by h.miner_model
    )
    select
      coalesce(sum(s.right_ones), 0) = (select count(*) from energy) * (
        select count(*) from recon.miner_models m where m.is_active
      )
      and coalesce(bool_and(s.right_ones = s.calculations), true)
      and not exists (
        select
        from stored s
        full join (
          select b.miner_model, b.bitcoin_mined, b.calculations
          from recon.daily_sums b
          where b.summary_date = is_right.settlement_date
        ) b using (miner_model)
        where (s.bitcoin_mined, s.calculations) is distinct from (b.bitcoin_mined, b.calculations)
      )
    from stored s
  );
end
$$;

comment on function recon.is_right(date) is
  'Whether every calculation that the source of a date asks for is stored, worked out from it '
  'again, and no other, and its daily summaries are their sums. Neither a blocked date nor one '
  'with invalid source is.';
