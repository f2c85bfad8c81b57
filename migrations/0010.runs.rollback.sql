alter table recon.runs drop column unnoticed;
