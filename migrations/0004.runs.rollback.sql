drop type recon.damage;
drop type recon.gap;
drop table recon.period_failures;
drop table recon.repairs;
drop table recon.run_days;
drop table recon.runs;
