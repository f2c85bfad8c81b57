-- The formula. BTC per MWh of a date and miner model:
--
--   3.6e9 J/MWh / power_watts * hashrate_ths * 1e12 / (difficulty * 2^32) * block_reward_btc
--
-- It is worked out once per date and model and cut to at least 60 decimals, rounded up, so that
-- energy x rate, rounded to 12 decimals, is the exact quotient rounded to 12 decimals. Written with
-- whole numbers m, H, W, P and D for energy, hashrate, reward, power and difficulty, of which the
-- first three have k decimals together, twice the quotient x 1e12 is at least
--
--   1 / (P * D * 2 ^ max(k - 3, 0) * 5 ^ max(k - 32, 0))
--
-- away from every odd number that it is not, because 7.2e33 has 2 ^ 35 and 5 ^ 32 in it. Energy is
-- below 10,000 MWh and has up to 30 decimals; with 25 decimals more than P and D have digits, and
-- H and W decimals, the excess is below that. So a quotient that is not a tie stays on its side,
-- and a tie (rounded away from zero) stays one or goes up. "distinct on" picks the reward of the
-- date, takes conditions on the date and model inside, and keeps the planner from working out the
-- quotient again for every row it is joined to.
create or replace view recon.mining_rates as
select distinct on (d.settlement_date, m.miner_model)
  d.settlement_date,
  m.miner_model,
  d.difficulty,
  w.block_reward_btc,
  trunc(
    round(3.6e9 * 1e12 * m.hashrate_ths * w.block_reward_btc, p.decimals + 2)
      / (m.power_watts * d.difficulty * 4294967296),
    p.decimals
  ) + ('1e-' || p.decimals)::numeric as btc_per_mwh,
  m.is_active
from recon.network_difficulties d
cross join recon.miner_models m
join recon.block_rewards w on w.from_date <= d.settlement_date
cross join lateral (
  select greatest(
    60,
    25 + length(trim_scale(m.power_watts)::text) + length(trim_scale(d.difficulty)::text)
      + scale(trim_scale(m.hashrate_ths)) + scale(trim_scale(w.block_reward_btc))
  ) as decimals
  offset 0
) p
where not exists (
  select from recon.withheld_difficulties h where h.settlement_date = d.settlement_date
)
order by d.settlement_date, m.miner_model, w.from_date desc;

comment on view recon.mining_rates is
  'What one MWh mines, per date and miner model: the formula. A date whose difficulty is withheld '
  'has none.';
comment on column recon.mining_rates.settlement_date is 'Date.';
comment on column recon.mining_rates.miner_model is 'Miner model.';
comment on column recon.mining_rates.difficulty is 'Network difficulty of the date.';
comment on column recon.mining_rates.block_reward_btc is 'BTC per block on the date.';
comment on column recon.mining_rates.btc_per_mwh is 'BTC per MWh, 60 decimals or more, rounded up.';
comment on column recon.mining_rates.is_active is 'Whether calculations of the model are kept.';
