create or replace trigger announce_new_issues
after insert on recon.source_findings
referencing new table as found
for each statement
execute function recon.announce_issues();

create or replace trigger announce_reopened_issues
after update on recon.source_findings
referencing new table as found
for each statement
execute function recon.announce_issues();
