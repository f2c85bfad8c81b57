create or replace trigger record_insert
after insert on public.curtailment_records
referencing new table as new_rows
for each statement
execute function recon.record_changes('source');

create or replace trigger record_update
after update on public.curtailment_records
referencing old table as old_rows new table as new_rows
for each statement
execute function recon.record_changes('source');

create or replace trigger record_delete
after delete on public.curtailment_records
referencing old table as old_rows
for each statement
execute function recon.record_changes('source');

create or replace trigger record_truncate
after truncate on public.curtailment_records
for each statement
execute function recon.record_every_day('source');

alter table public.curtailment_records
  enable always trigger record_insert,
  enable always trigger record_update,
  enable always trigger record_delete,
  enable always trigger record_truncate;
