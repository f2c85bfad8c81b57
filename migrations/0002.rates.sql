-- depends: 0001.records-and-calculations
-- What a calculation is made of besides energy: miner model, block reward, difficulty.

create table recon.miner_models (
  miner_model text not null,
  hashrate_ths numeric not null,
  power_watts numeric not null,
  is_active boolean not null default true,
  constraint miner_models_pkey primary key (miner_model),
  constraint miner_model_is_not_empty check (miner_model <> ''),
  constraint hashrate_is_positive check (hashrate_ths > 0 and hashrate_ths < 'Infinity'),
  constraint power_is_positive check (power_watts > 0 and power_watts < 'Infinity'),
  constraint hashrate_is_within_1e15_and_50_decimals
    check (hashrate_ths < 1e15 and scale(trim_scale(hashrate_ths)) <= 50),
  constraint power_is_within_1e15_and_50_decimals
    check (power_watts < 1e15 and scale(trim_scale(power_watts)) <= 50)
);

comment on table recon.miner_models is
  'The miner models to calculate for. Adding one makes its cells missing, changing one makes '
  'them wrong, deactivating one makes them orphans; the next run sees to it.';
comment on column recon.miner_models.miner_model is 'Name of the model.';
comment on column recon.miner_models.hashrate_ths is 'TH/s.';
comment on column recon.miner_models.power_watts is 'W.';
comment on column recon.miner_models.is_active is 'Whether cells of this model should exist.';

insert into recon.miner_models (miner_model, hashrate_ths, power_watts)
values
  ('S19J_PRO', 100, 3050),
  ('S9', 13.5, 1323),
  ('M20S', 68, 3360);

create table recon.block_rewards (
  from_date date not null,
  block_reward_btc numeric not null,
  constraint block_rewards_pkey primary key (from_date),
  constraint block_reward_is_positive
    check (block_reward_btc > 0 and block_reward_btc < 'Infinity'),
  constraint from_date_is_2009_to_2100
    check (from_date between '2009-01-03' and '2100-01-01'),
  constraint block_reward_is_within_1e6_and_50_decimals
    check (block_reward_btc < 1e6 and scale(trim_scale(block_reward_btc)) <= 50)
);

comment on table recon.block_rewards is
  'Subsidy of a block, by the first UTC date it holds for. Bitcoin halves it every 210,000 blocks.';
comment on column recon.block_rewards.from_date is 'First UTC date of this reward.';
comment on column recon.block_rewards.block_reward_btc is 'BTC per block.';

insert into recon.block_rewards (from_date, block_reward_btc)
values
  ('2009-01-03', 50),
  ('2012-11-28', 25),
  ('2016-07-09', 12.5),
  ('2020-05-11', 6.25),
  ('2024-04-20', 3.125);

create table recon.network_difficulties (
  settlement_date date not null,
  difficulty numeric not null,
  source text not null default 'manual',
  item_id text,
  sync_id bigint,
  recorded_at timestamptz not null default now(),
  constraint network_difficulties_pkey primary key (settlement_date),
  constraint difficulty_is_positive check (difficulty > 0 and difficulty < 'Infinity'),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01'),
  constraint difficulty_is_within_1e50_and_50_decimals
    check (difficulty < 1e50 and scale(trim_scale(difficulty)) <= 50)
);

comment on table recon.network_difficulties is
  'Network difficulty of each date. A date without a row blocks its day: no value is ever assumed.';
comment on column recon.network_difficulties.settlement_date is 'The date it holds for.';
comment on column recon.network_difficulties.difficulty is
  'Expected hashes per block, in units of 2^32.';
comment on column recon.network_difficulties.source is
  'Where it came from: manual, dynamodb:TABLE or file:NAME.';
comment on column recon.network_difficulties.item_id is 'Key of the item in that source.';
comment on column recon.network_difficulties.sync_id is 'The recon.syncs that brought it.';
comment on column recon.network_difficulties.recorded_at is 'When this value was stored.';
