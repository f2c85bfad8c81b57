alter table recon.network_difficulties
  drop constraint settlement_date_is_2009_to_2100,
  add constraint settlement_date_is_finite check (isfinite(settlement_date));

alter table recon.difficulty_decisions
  drop constraint settlement_date_is_2009_to_2100,
  add constraint settlement_date_is_finite check (isfinite(settlement_date));

alter table recon.withheld_difficulties
  drop constraint settlement_date_is_2009_to_2100;

alter table recon.difficulty_refusals
  drop constraint settlement_date_is_2009_to_2100;

alter table recon.days
  drop constraint settlement_date_is_2009_to_2100;

alter table recon.run_days
  drop constraint settlement_date_is_2009_to_2100;

alter table recon.repairs
  drop constraint settlement_date_is_2009_to_2100;

alter table recon.period_failures
  drop constraint settlement_date_is_2009_to_2100;

alter table recon.events
  drop constraint settlement_date_is_2009_to_2100;

alter table recon.source_days
  drop constraint settlement_date_is_2009_to_2100,
  add constraint settlement_date_is_finite check (isfinite(settlement_date));

alter table recon.source_periods
  drop constraint settlement_date_is_2009_to_2100;

alter table recon.source_farms
  drop constraint settlement_date_is_2009_to_2100;

alter table recon.source_findings
  drop constraint settlement_date_is_2009_to_2100;

alter table recon.block_rewards
  drop constraint from_date_is_2009_to_2100,
  add constraint from_date_is_finite check (isfinite(from_date));

alter table recon.runs
  drop constraint from_date_is_2009_to_2100,
  drop constraint to_date_is_2009_to_2100;

alter table recon.syncs
  drop constraint first_date_is_2009_to_2100,
  drop constraint last_date_is_2009_to_2100;

alter table recon.changes
  drop constraint settlement_date_is_2009_to_2100;

drop function if exists recon.status();
drop function if exists recon.inspect_source(date, date, boolean);
drop function if exists recon.verify_recent(integer);

drop trigger if exists refuse_removal on recon.settings;
drop trigger if exists refuse_removal on recon.alert_limits;

alter table recon.network_difficulties
  drop constraint difficulty_is_within_1e50_and_50_decimals;

alter table recon.difficulty_decisions
  drop constraint difficulty_is_within_1e50_and_50_decimals;

alter table recon.miner_models
  drop constraint hashrate_is_within_1e15_and_50_decimals,
  drop constraint power_is_within_1e15_and_50_decimals;

alter table recon.block_rewards
  drop constraint block_reward_is_within_1e6_and_50_decimals;

alter table recon.settings
  drop constraint max_attempts_is_at_most_100,
  drop constraint retry_after_is_at_most_30_days,
  drop constraint batch_time_is_at_most_1_hour,
  drop constraint fuse_days_is_at_most_10000,
  drop constraint fuse_sample_days_is_at_most_10000,
  drop constraint difficulty_max_epoch_days_is_at_most_1000,
  drop constraint source_min_days_is_at_most_1000,
  drop constraint source_silent_days_is_at_most_1000,
  drop constraint source_deviations_is_at_most_1000,
  drop constraint paused_reason_is_not_empty;

alter table recon.alert_limits
  drop constraint warning_at_is_at_most_1e9,
  drop constraint critical_at_is_at_most_1e9;
