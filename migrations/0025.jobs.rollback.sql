-- The code that was there before comes back with the next deploy; views that have gained a column
-- make room for it.
drop view if exists recon.problem_days, recon.missing_difficulties cascade;
drop function if exists recon.set_job_time(text, text);
drop function if exists recon.schedule_jobs();
alter table recon.settings drop column keep_history;
drop table recon.jobs;
