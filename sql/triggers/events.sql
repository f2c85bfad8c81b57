create or replace trigger notify_events
after insert on recon.events
referencing new table as recorded
for each statement
execute function recon.notify_events();
