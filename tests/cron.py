"""What stands in for pg_cron where only the calls are the subject."""

from __future__ import annotations

STAND_IN = """
create schema cron;
create table cron.job (
  jobid bigserial primary key,
  schedule text not null,
  command text not null,
  database text not null default current_database(),
  username text not null default current_user,
  jobname text,
  unique (jobname, username)
);
create table cron.job_run_details (runid bigserial, end_time timestamptz);
create function cron.schedule(job_name text, schedule text, command text) returns bigint
language sql as
'insert into cron.job (jobname, schedule, command) values (job_name, schedule, command)
 returning jobid';
create function cron.unschedule(job_id bigint) returns boolean
language sql as 'delete from cron.job where jobid = job_id returning true';
"""
"""What pg_cron shows of itself, where it is not."""
