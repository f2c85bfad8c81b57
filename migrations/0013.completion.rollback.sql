drop function if exists recon.status();
