create or replace trigger announce_run_start
after insert on recon.run_days
referencing new table as planned
for each statement
execute function recon.announce_run_start();
