-- The code that was there before comes back with the next deploy.
drop function if exists recon.set_job_time(text, text);
drop function if exists recon.schedule_jobs();
alter table recon.settings drop column keep_history;
drop table recon.jobs;
