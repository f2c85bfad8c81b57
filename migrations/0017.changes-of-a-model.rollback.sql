-- The code that was there before has a view with fewer columns; it and what rests on it come back
-- with the next deploy.
drop view if exists recon.mining_rates cascade;

drop trigger if exists record_insert on recon.miner_models;
drop trigger if exists record_update on recon.miner_models;
drop trigger if exists record_delete on recon.miner_models;
drop trigger if exists record_truncate on recon.miner_models;

alter table recon.changes drop column miner_model;
