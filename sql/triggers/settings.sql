create or replace trigger judge_settings
after update on recon.settings
referencing old table as old_rows new table as new_rows
for each statement
execute function recon.judge_settings();

alter table recon.settings
  enable always trigger judge_settings;
