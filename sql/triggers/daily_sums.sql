create or replace trigger record_refresh
after insert or update or delete or truncate on recon.daily_sums
for each statement
execute function recon.record_refresh();

alter table recon.daily_sums enable always trigger record_refresh;
