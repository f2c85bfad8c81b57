drop table recon.day_locks;
drop table recon.locks;
