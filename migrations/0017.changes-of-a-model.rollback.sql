drop trigger if exists record_insert on recon.miner_models;
drop trigger if exists record_update on recon.miner_models;
drop trigger if exists record_delete on recon.miner_models;
drop trigger if exists record_truncate on recon.miner_models;

alter table recon.changes drop column miner_model;
