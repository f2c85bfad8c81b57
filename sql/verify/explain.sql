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
      and e.settlement_period = explain.settlement_period
      and e.farm_id = explain.farm_id
  ),
  cells as (
    select
      miner_model,
      x.bitcoin_mined as expected_btc,
      h.bitcoin_mined as stored_btc,
      h.difficulty as stored_difficulty
    from (
      select x.miner_model, x.bitcoin_mined
      from recon.expected_calculations x
      where x.settlement_date = explain.settlement_date
        and x.settlement_period = explain.settlement_period
        and x.farm_id = explain.farm_id
    ) x
    full join (
      select h.miner_model, h.bitcoin_mined, h.difficulty
      from public.historical_bitcoin_calculations h
      where h.settlement_date = explain.settlement_date
        and h.settlement_period = explain.settlement_period
        and h.farm_id = explain.farm_id
    ) h using (miner_model)
  ),
  off as (
    select g.miner_model, g.kind
    from recon.day_gaps(explain.settlement_date) g
    where g.settlement_period = explain.settlement_period
      and g.farm_id = explain.farm_id
  )
  select
    c.miner_model,
    coalesce(o.kind, 'right'),
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
    p.kind || ', was ' || p.bitcoin_mined_before || ' BTC, by run ' || p.run_id,
    p.repaired_at,
    y.run_id
  from cells c
  left join off o on o.miner_model = c.miner_model
  left join energy e on true
  left join recon.network_difficulties d on d.settlement_date = explain.settlement_date
  left join recon.mining_rates r
    on r.settlement_date = explain.settlement_date
    and r.miner_model = c.miner_model
  left join recon.day_status y on y.settlement_date = explain.settlement_date
  left join lateral (
    select p.kind, p.bitcoin_mined_before, p.run_id, p.repaired_at
    from recon.repairs p
    where p.settlement_date = explain.settlement_date
      and p.settlement_period = explain.settlement_period
      and p.farm_id = explain.farm_id
      and p.miner_model = c.miner_model
    order by p.repair_id desc
    limit 1
  ) p on true
  where recon.require_cell(
    explain.settlement_date, explain.settlement_period, explain.farm_id
  )
  order by c.miner_model
$$;

comment on function recon.explain(date, integer, text) is
  'Why the cells of a period and farm are what they are, a row per miner model: energy (MWh) and '
  'source rows, difficulty and where it came from, reward, rate (BTC/MWh), expected and stored '
  'value (BTC), verdict (right, or the kind of gap), last repair and run. Error 22023 where the '
  'cell does not exist, saying what does.';
