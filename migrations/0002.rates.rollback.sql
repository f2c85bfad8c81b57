drop table recon.network_difficulties;
drop table recon.block_rewards;
drop table recon.miner_models;
