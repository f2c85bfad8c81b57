drop table recon.ignored_writes;
drop table recon.events;
drop table recon.alert_limits;
drop table recon.jobs;
drop table recon.day_locks;
drop table recon.locks;
drop table recon.settings;
