-- Which cells should exist is asked again where joining this for every cell would cost too much:
-- recon.insert_cells, recon.compare_day and recon.blocking_reason.
-- test_every_copy_of_which_cells_should_exist_says_the_same compares them.
create or replace view recon.expected_calculations as
select
  e.settlement_date,
  e.settlement_period,
  e.farm_id,
  m.miner_model,
  e.curtailed_mwh,
  r.difficulty,
  case
    when e.is_valid then recon.btc_mined(e.curtailed_mwh, r.btc_per_mwh)
  end as bitcoin_mined,
  case
    when not e.is_valid then 'invalid_source'
    when r.btc_per_mwh is null then 'blocked'
  end as obstacle
from recon.curtailed_energy e
cross join recon.miner_models m
left join recon.mining_rates r
  on r.settlement_date = e.settlement_date
  and r.miner_model = m.miner_model
where m.is_active
  and (e.curtailed_mwh > 0 or not e.is_valid);

comment on view recon.expected_calculations is
  'The calculations that should exist: a row per date, period and farm with curtailed energy and '
  'active miner model, worked out from the source.';
comment on column recon.expected_calculations.settlement_date is 'The cell: settlement date.';
comment on column recon.expected_calculations.settlement_period is 'The cell: half hour.';
comment on column recon.expected_calculations.farm_id is 'The cell: BM unit.';
comment on column recon.expected_calculations.miner_model is 'The cell: miner model.';
comment on column recon.expected_calculations.curtailed_mwh is 'MWh.';
comment on column recon.expected_calculations.difficulty is 'Difficulty of the date.';
comment on column recon.expected_calculations.bitcoin_mined is
  'BTC, rounded once to 12 decimals; null where there is an obstacle.';
comment on column recon.expected_calculations.obstacle is
  'invalid_source = the energy cannot be right; blocked = the date has no difficulty or reward.';
