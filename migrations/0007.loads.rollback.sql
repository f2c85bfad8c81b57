drop table recon.staged_records;
drop table recon.loads;
