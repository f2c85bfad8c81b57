-- The code that was there before has a function with fewer columns; it comes back with the next
-- deploy.
drop function if exists recon.claim_post(text, interval, integer);
