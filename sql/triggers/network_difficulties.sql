create or replace trigger record_insert
after insert on recon.network_difficulties
referencing new table as new_rows
for each statement
execute function recon.record_changes('difficulty');

create or replace trigger record_update
after update on recon.network_difficulties
referencing old table as old_rows new table as new_rows
for each statement
execute function recon.record_changes('difficulty');

create or replace trigger record_delete
after delete on recon.network_difficulties
referencing old table as old_rows
for each statement
execute function recon.record_changes('difficulty');

create or replace trigger record_truncate
after truncate on recon.network_difficulties
for each statement
execute function recon.record_every_day('difficulty');

create or replace trigger queue_difficulties
before insert or update or delete or truncate on recon.network_difficulties
for each statement
execute function recon.queue_difficulties();

create or replace trigger judge_difficulties
after insert or update or delete or truncate on recon.network_difficulties
for each statement
execute function recon.judge_difficulties();

alter table recon.network_difficulties
  enable always trigger record_insert,
  enable always trigger record_update,
  enable always trigger record_delete,
  enable always trigger record_truncate,
  enable always trigger queue_difficulties,
  enable always trigger judge_difficulties;
