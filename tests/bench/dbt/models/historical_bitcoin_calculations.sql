-- The calculations: all of them at first, then those of the var `day`, which is, as the var
-- `strategy` says, deleted and inserted whole, or merged where it differs from what is stored. The
-- merge writes less, and leaves a row that nothing in the source asks for.
{% set cell = ['settlement_date', 'settlement_period', 'farm_id', 'miner_model'] %}
{% set is_merge = var('strategy') == 'merge' %}
{{ config(
  materialized='incremental',
  incremental_strategy=var('strategy'),
  unique_key=cell if is_merge else 'settlement_date',
  incremental_predicates=["DBT_INTERNAL_DEST.settlement_date = '" ~ var('day') ~ "'"],
  indexes=[{'columns': cell, 'unique': true}],
) }}

with
rates as materialized (
  select
    d.settlement_date,
    m.miner_model,
    d.difficulty,
    round(3.6e9 * 1e12 * m.hashrate_ths * w.block_reward_btc, 62)
      / (m.power_watts * d.difficulty * 4294967296) as btc_per_mwh
  from recon.network_difficulties d
  cross join recon.miner_models m
  cross join lateral (
    select b.block_reward_btc
    from recon.block_rewards b
    where b.from_date <= d.settlement_date
    order by b.from_date desc
    limit 1
  ) w
  where m.is_active
  {% if is_incremental() %}
    and d.settlement_date = '{{ var("day") }}'
  {% endif %}
),
energy as (
  select r.settlement_date, r.settlement_period, r.farm_id, sum(abs(r.volume)) as curtailed_mwh
  from public.curtailment_records r
  {% if is_incremental() %}
  where r.settlement_date = '{{ var("day") }}'
  {% endif %}
  group by r.settlement_date, r.settlement_period, r.farm_id
),
calculated as (
  select
    e.settlement_date,
    e.settlement_period,
    e.farm_id,
    r.miner_model,
    round(e.curtailed_mwh * r.btc_per_mwh, 12) as bitcoin_mined,
    r.difficulty,
    now() as calculated_at
  from energy e
  join rates r on r.settlement_date = e.settlement_date
  where e.curtailed_mwh > 0
)
select c.*
from calculated c
{% if is_incremental() and is_merge %}
left join {{ this }} s
  on s.settlement_date = '{{ var("day") }}'
  and s.settlement_period = c.settlement_period
  and s.farm_id = c.farm_id
  and s.miner_model = c.miner_model
where (s.bitcoin_mined, s.difficulty) is distinct from (c.bitcoin_mined, c.difficulty)
{% endif %}
order by c.settlement_date, c.settlement_period, c.farm_id, c.miner_model
