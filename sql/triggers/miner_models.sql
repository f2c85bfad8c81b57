create or replace trigger record_change
after insert or update or delete or truncate on recon.miner_models
for each statement
execute function recon.record_every_day('miner_model');

alter table recon.miner_models
  enable always trigger record_change;
