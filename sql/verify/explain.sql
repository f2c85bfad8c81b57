-- A model without a cell is named too, so that whatever has a record or a repair has an answer.
create or replace function recon.explain(
  settlement_date date,
  settlement_period integer,
  farm_id text
)
returns table (
  miner_model text,
  verdict text,
  source_rows integer,
  curtailed_mwh numeric,
  difficulty numeric,
  difficulty_source text,
  block_reward_btc numeric,
  btc_per_mwh numeric,
  expected_btc numeric,
  stored_btc numeric,
  stored_difficulty numeric,
  day_state text,
  last_repair text,
  last_repaired_at timestamptz,
  last_run_id bigint
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  energy as (
    select e.source_rows, e.curtailed_mwh
    from recon.curtailed_energy e
    where e.settlement_date = explain.settlement_date
      and e.settlement_period is not distinct from explain.settlement_period
      and e.farm_id is not distinct from explain.farm_id
  ),
  cells as (
    select c.miner_model, c.kind, c.expected_btc, c.stored_btc, c.stored_difficulty
    from recon.day_cells(explain.settlement_date) c
    where c.settlement_period is not distinct from explain.settlement_period
      and c.farm_id is not distinct from explain.farm_id
  ),
  repairs as (
    select distinct on (p.miner_model)
      p.miner_model,
      p.kind || ', was ' || p.bitcoin_mined_before || ' BTC, by run ' || p.run_id as repair,
      p.repaired_at
    from recon.repairs p
    where p.settlement_date = explain.settlement_date
      and p.settlement_period = explain.settlement_period
      and p.farm_id = explain.farm_id
    order by p.miner_model, p.repair_id desc
  ),
  models as (
    select m.miner_model from recon.miner_models m where m.is_active
    union
    select c.miner_model from cells c
    union
    select p.miner_model from repairs p
  )
  select
    m.miner_model,
    coalesce(c.kind, 'right'),
    coalesce(e.source_rows, 0),
    coalesce(e.curtailed_mwh, 0),
    d.difficulty,
    concat_ws(' ', d.source, d.item_id, to_char(d.recorded_at at time zone 'UTC', 'YYYY-MM-DD')),
    r.block_reward_btc,
    r.btc_per_mwh,
    c.expected_btc,
    c.stored_btc,
    c.stored_difficulty,
    y.state,
    p.repair,
    p.repaired_at,
    y.run_id
  from (select) one_row
  left join models m on true
  left join cells c on c.miner_model = m.miner_model
  left join energy e on true
  left join recon.network_difficulties d on d.settlement_date = explain.settlement_date
  left join recon.mining_rates r
    on r.settlement_date = explain.settlement_date
    and r.miner_model = m.miner_model
  left join recon.day_status y on y.settlement_date = explain.settlement_date
  left join repairs p on p.miner_model = m.miner_model
  where recon.require_cell(
    explain.settlement_date, explain.settlement_period, explain.farm_id
  )
  order by m.miner_model
$$;

comment on function recon.explain(date, integer, text) is
  'Why the cells of a period and farm are what they are, a row per miner model: energy (MWh) and '
  'source rows, difficulty and where it came from, reward, rate (BTC/MWh), expected and stored '
  'value (BTC), verdict (right, or the kind of gap), last repair and run. A null period or farm is '
  'that of records that have none. Error 22023 where the cell does not exist, saying what does.';
