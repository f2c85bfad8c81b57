-- depends: 0021.locks-and-decisions
-- squawk-ignore-file ban-drop-function, constraint-missing-not-valid, ban-drop-constraint
-- Every date of the kit's own tables lies in one calendar, that of recon.clamp_date: from the first
-- block of the chain on, and not beyond what a client can read. What lies outside has no day, and
-- made every reading of all days fail. The platform's tables are left as they are.

-- Difficulties outside are kept as what they are: items that could not be used.
insert into recon.difficulty_refusals (
  sync_id, source, item_id, date_text, difficulty_text, reason, refused_at
)
select
  coalesce(d.sync_id, 0),
  d.source,
  d.item_id,
  d.settlement_date::text,
  left(d.difficulty::text, 150),
  'the date lies outside 2009-01-03 to 2100-01-01',
  now()
from recon.network_difficulties d
where d.settlement_date not between '2009-01-03' and '2100-01-01'
on conflict on constraint refusal_is_new do nothing;

delete from recon.network_difficulties
where settlement_date not between '2009-01-03' and '2100-01-01';

delete from recon.difficulty_decisions
where settlement_date not between '2009-01-03' and '2100-01-01';

delete from recon.withheld_difficulties
where settlement_date not between '2009-01-03' and '2100-01-01';

update recon.difficulty_refusals
set settlement_date = null
where settlement_date not between '2009-01-03' and '2100-01-01';

delete from recon.days
where settlement_date not between '2009-01-03' and '2100-01-01';

delete from recon.run_days
where settlement_date not between '2009-01-03' and '2100-01-01';

delete from recon.repairs
where settlement_date not between '2009-01-03' and '2100-01-01';

delete from recon.period_failures
where settlement_date not between '2009-01-03' and '2100-01-01';

update recon.events
set settlement_date = null
where settlement_date not between '2009-01-03' and '2100-01-01';

delete from recon.source_days
where settlement_date not between '2009-01-03' and '2100-01-01';

delete from recon.source_periods
where settlement_date not between '2009-01-03' and '2100-01-01';

delete from recon.source_farms
where settlement_date not between '2009-01-03' and '2100-01-01';

delete from recon.source_findings
where settlement_date not between '2009-01-03' and '2100-01-01';

delete from recon.block_rewards
where from_date not between '2009-01-03' and '2100-01-01';

update recon.runs
set from_date = greatest(least(from_date, '2100-01-01'), '2009-01-03')
where from_date not between '2009-01-03' and '2100-01-01';

update recon.runs
set to_date = greatest(least(to_date, '2100-01-01'), '2009-01-03')
where to_date not between '2009-01-03' and '2100-01-01';

update recon.syncs
set first_date = greatest(least(first_date, '2100-01-01'), '2009-01-03')
where first_date not between '2009-01-03' and '2100-01-01';

update recon.syncs
set last_date = greatest(least(last_date, '2100-01-01'), '2009-01-03')
where last_date not between '2009-01-03' and '2100-01-01';

-- Last: the triggers of the tables above have noted what was deleted from them.
delete from recon.changes
where settlement_date > '-infinity'
  and settlement_date not between '2009-01-03' and '2100-01-01';

alter table recon.network_difficulties
  drop constraint settlement_date_is_finite,
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.network_difficulties
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.difficulty_decisions
  drop constraint settlement_date_is_finite,
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.difficulty_decisions
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.withheld_difficulties
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.withheld_difficulties
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.difficulty_refusals
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.difficulty_refusals
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.days
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.days
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.run_days
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.run_days
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.repairs
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.repairs
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.period_failures
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.period_failures
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.events
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.events
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.source_days
  drop constraint settlement_date_is_finite,
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.source_days
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.source_periods
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.source_periods
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.source_farms
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.source_farms
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.source_findings
  add constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.source_findings
  validate constraint settlement_date_is_2009_to_2100;

alter table recon.block_rewards
  drop constraint from_date_is_finite,
  add constraint from_date_is_2009_to_2100
    check (from_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.block_rewards
  validate constraint from_date_is_2009_to_2100;

alter table recon.runs
  add constraint from_date_is_2009_to_2100
    check (from_date between '2009-01-03' and '2100-01-01') not valid,
  add constraint to_date_is_2009_to_2100
    check (to_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.runs
  validate constraint from_date_is_2009_to_2100,
  validate constraint to_date_is_2009_to_2100;

alter table recon.syncs
  add constraint first_date_is_2009_to_2100
    check (first_date between '2009-01-03' and '2100-01-01') not valid,
  add constraint last_date_is_2009_to_2100
    check (last_date between '2009-01-03' and '2100-01-01') not valid;
alter table recon.syncs
  validate constraint first_date_is_2009_to_2100,
  validate constraint last_date_is_2009_to_2100;

-- -infinity stands for every date.
alter table recon.changes
  add constraint settlement_date_is_2009_to_2100
    check (
      settlement_date = '-infinity'
      or settlement_date between '2009-01-03' and '2100-01-01'
    ) not valid;
alter table recon.changes
  validate constraint settlement_date_is_2009_to_2100;

-- These return more now; they are code, and the deploy puts their successors in place.
drop function if exists recon.status();
drop function if exists recon.inspect_source(date, date, boolean);
drop function if exists recon.verify_recent(integer);

-- What a rate is made of can be written down: its exact value is found in so many decimals.
alter table recon.network_difficulties
  add constraint difficulty_is_within_1e50_and_50_decimals
    check (difficulty < 1e50 and scale(trim_scale(difficulty)) <= 50) not valid;
alter table recon.network_difficulties
  validate constraint difficulty_is_within_1e50_and_50_decimals;
alter table recon.difficulty_decisions
  add constraint difficulty_is_within_1e50_and_50_decimals
    check (difficulty < 1e50 and scale(trim_scale(difficulty)) <= 50) not valid;
alter table recon.difficulty_decisions
  validate constraint difficulty_is_within_1e50_and_50_decimals;
alter table recon.miner_models
  add constraint hashrate_is_within_1e15_and_50_decimals
    check (hashrate_ths < 1e15 and scale(trim_scale(hashrate_ths)) <= 50) not valid,
  add constraint power_is_within_1e15_and_50_decimals
    check (power_watts < 1e15 and scale(trim_scale(power_watts)) <= 50) not valid;
alter table recon.miner_models
  validate constraint hashrate_is_within_1e15_and_50_decimals,
  validate constraint power_is_within_1e15_and_50_decimals;
alter table recon.block_rewards
  add constraint block_reward_is_within_1e6_and_50_decimals
    check (block_reward_btc < 1e6 and scale(trim_scale(block_reward_btc)) <= 50) not valid;
alter table recon.block_rewards
  validate constraint block_reward_is_within_1e6_and_50_decimals;

-- The settings are there, and no value of them makes a run fail by itself.
insert into recon.settings (only_row) values (true)
on conflict on constraint settings_pkey do nothing;

insert into recon.alert_limits (name, unit, warning_at, critical_at)
values
  ('oldest_pending', 'seconds', 3600, 86400),
  ('backlog', 'times', 10, 100),
  ('failed_days', 'days', 1, 7),
  ('blocked_days', 'days', 1, 7),
  ('skipped_days', 'days', 1, null),
  ('missing_difficulty', 'days', 1, 7),
  ('suspect_difficulty', 'days', 1, null),
  ('source_issues', 'days', 1, null),
  ('last_run', 'seconds', 7200, 86400),
  ('last_verification', 'seconds', 172800, 604800),
  ('unsent_post', 'seconds', 900, 21600)
on conflict on constraint alert_limits_pkey do nothing;

update recon.settings
set max_attempts = least(max_attempts, 100),
  retry_after = least(retry_after, '30 days'),
  batch_time = least(batch_time, '1 hour'),
  fuse_days = least(fuse_days, 10000),
  fuse_sample_days = least(fuse_sample_days, 10000),
  difficulty_min_epoch_days = least(difficulty_min_epoch_days, 1000),
  difficulty_max_epoch_days = least(difficulty_max_epoch_days, 1000),
  source_min_days = least(source_min_days, 1000),
  source_silent_days = least(source_silent_days, 1000),
  source_deviations = least(source_deviations, 1000),
  paused_reason = nullif(btrim(paused_reason), '');

alter table recon.settings
  add constraint max_attempts_is_at_most_100 check (max_attempts <= 100),
  add constraint retry_after_is_at_most_30_days check (retry_after <= '30 days'),
  add constraint batch_time_is_at_most_1_hour check (batch_time <= '1 hour'),
  add constraint fuse_days_is_at_most_10000 check (fuse_days <= 10000),
  add constraint fuse_sample_days_is_at_most_10000 check (fuse_sample_days <= 10000),
  add constraint difficulty_max_epoch_days_is_at_most_1000
    check (difficulty_max_epoch_days <= 1000),
  add constraint source_min_days_is_at_most_1000 check (source_min_days <= 1000),
  add constraint source_silent_days_is_at_most_1000 check (source_silent_days <= 1000),
  add constraint source_deviations_is_at_most_1000 check (source_deviations <= 1000),
  add constraint paused_reason_is_not_empty check (btrim(paused_reason) <> '');

-- Null is never, and stays.
update recon.alert_limits set warning_at = 1e9 where warning_at > 1e9;
update recon.alert_limits set critical_at = 1e9 where critical_at > 1e9;

alter table recon.alert_limits
  add constraint warning_at_is_at_most_1e9 check (warning_at <= 1e9),
  add constraint critical_at_is_at_most_1e9 check (critical_at <= 1e9);
