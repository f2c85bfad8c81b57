create or replace trigger announce_stop
after insert on recon.runs
for each row
when (new.outcome = 'stopped')
execute function recon.announce_run_end();

create or replace trigger announce_end
after update on recon.runs
for each row
when (new.outcome is not null and new.finished_at is distinct from old.finished_at)
execute function recon.announce_run_end();
