drop table recon.settings;
drop table recon.days;
drop table recon.changes;
