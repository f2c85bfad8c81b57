drop table recon.events;
