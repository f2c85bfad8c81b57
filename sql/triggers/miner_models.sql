create or replace trigger record_insert
after insert on recon.miner_models
referencing new table as new_rows
for each statement
execute function recon.record_models();

create or replace trigger record_update
after update on recon.miner_models
referencing old table as old_rows new table as new_rows
for each statement
execute function recon.record_models();

create or replace trigger record_delete
after delete on recon.miner_models
referencing old table as old_rows
for each statement
execute function recon.record_models();

create or replace trigger record_truncate
after truncate on recon.miner_models
for each statement
execute function recon.record_every_day('miner_model');

alter table recon.miner_models
  enable always trigger record_insert,
  enable always trigger record_update,
  enable always trigger record_delete,
  enable always trigger record_truncate;
