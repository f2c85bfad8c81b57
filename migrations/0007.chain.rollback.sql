drop table recon.retargets;
