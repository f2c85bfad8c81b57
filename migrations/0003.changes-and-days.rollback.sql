drop table recon.known_checks;
drop table recon.known_partitions;
drop table recon.days;
drop table recon.changes;
