-- depends: 0012.attempts-and-results
-- squawk-ignore-file ban-drop-function
-- Where things stand includes a completion in percent. What is dropped here is code: the deploy
-- puts its successor in place.

drop function if exists recon.status();
