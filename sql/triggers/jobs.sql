create or replace trigger refuse_removal
before delete or truncate on recon.jobs
for each statement
execute function recon.refuse_removal();

alter table recon.jobs
  enable always trigger refuse_removal;
