create or replace trigger refuse_removal
before delete or truncate on recon.alert_limits
for each statement
execute function recon.refuse_removal();

alter table recon.alert_limits
  enable always trigger refuse_removal;
