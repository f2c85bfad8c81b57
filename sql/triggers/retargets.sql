create or replace trigger queue_difficulties
before insert or update or delete or truncate on recon.retargets
for each statement
execute function recon.queue_difficulties();

create or replace trigger judge_difficulties
after insert or update or delete or truncate on recon.retargets
for each statement
execute function recon.judge_difficulties();

alter table recon.retargets
  enable always trigger queue_difficulties,
  enable always trigger judge_difficulties;
