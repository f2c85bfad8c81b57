drop table recon.withheld_difficulties;
drop table recon.difficulty_decisions;
drop table recon.difficulty_refusals;
drop table recon.sync_items;
drop table recon.syncs;
