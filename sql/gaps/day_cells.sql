create or replace function recon.day_cells(settlement_date date)
returns table (
  settlement_period integer,
  farm_id text,
  miner_model text,
  kind text,
  expected_btc numeric,
  stored_btc numeric,
  expected_difficulty numeric,
  stored_difficulty numeric,
  curtailed_mwh numeric
)
language sql stable parallel safe
as $$
  with
  expected as (
    select
      x.settlement_period,
      x.farm_id,
      x.miner_model,
      x.bitcoin_mined,
      x.difficulty,
      x.obstacle,
      x.curtailed_mwh
    from recon.expected_calculations x
    where x.settlement_date = day_cells.settlement_date
  ),
  stored as (
    select h.settlement_period, h.farm_id, h.miner_model, h.bitcoin_mined, h.difficulty
    from public.historical_bitcoin_calculations h
    where h.settlement_date = day_cells.settlement_date
  )
  select
    settlement_period,
    farm_id,
    miner_model,
    case
      when x.miner_model is null then 'orphan'
      when x.obstacle is not null then x.obstacle
      when s.miner_model is null then 'missing'
      when s.difficulty is distinct from x.difficulty then 'stale'
      when s.bitcoin_mined is distinct from x.bitcoin_mined then 'wrong'
    end,
    x.bitcoin_mined,
    s.bitcoin_mined,
    x.difficulty,
    s.difficulty,
    x.curtailed_mwh
  from expected x
  full join stored s using (settlement_period, farm_id, miner_model)
$$;

comment on function recon.day_cells(date) is
  'Every cell of a date that is stored or should be, compared. kind: null where the stored row is '
  'the expected one, else missing, stale (another difficulty), wrong (same difficulty, another '
  'value), orphan (nothing in the source asks for it), blocked (no difficulty), invalid_source.';
