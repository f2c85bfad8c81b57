-- depends: 0010.unnoticed-changes-of-runs
-- It tells the order of the run now, and what the run would do to a day in the words of a run.
drop function if exists recon.plan(date, date, boolean);
