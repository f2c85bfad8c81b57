create or replace trigger queue_difficulties
before insert or update of
  difficulty_policy,
  difficulty_max_step,
  difficulty_min_epoch_days,
  difficulty_max_epoch_days
on recon.settings
for each statement
execute function recon.queue_difficulties();

create or replace trigger judge_settings
after update on recon.settings
referencing old table as old_rows new table as new_rows
for each statement
execute function recon.judge_settings();

create or replace trigger refuse_removal
before delete or truncate on recon.settings
for each statement
execute function recon.refuse_removal();

alter table recon.settings
  enable always trigger queue_difficulties,
  enable always trigger refuse_removal,
  enable always trigger judge_settings;
