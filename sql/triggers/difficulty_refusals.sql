create or replace trigger announce_refusals
after insert on recon.difficulty_refusals
referencing new table as refused
for each statement
execute function recon.announce_refusals();
