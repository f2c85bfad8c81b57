-- depends: 0022.domains
-- squawk-ignore-file ban-drop-function
-- A function that gains a column; the deploy puts its successor in place.

drop function if exists recon.claim_post(text, interval, integer);
