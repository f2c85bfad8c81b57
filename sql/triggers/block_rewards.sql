create or replace trigger record_change
after insert or update or delete or truncate on recon.block_rewards
for each statement
execute function recon.record_every_day('block_reward');

alter table recon.block_rewards
  enable always trigger record_change;
