drop function if exists recon.plan(date, date, boolean, text);
