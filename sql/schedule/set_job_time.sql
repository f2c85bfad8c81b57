create or replace function recon.set_job_time(job text, schedule text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_schedule constant text := regexp_replace(btrim(set_job_time.schedule), '\s+', ' ', 'g');
begin
  update recon.jobs j set schedule = v_schedule where j.job = set_job_time.job;
  if not found then
    raise exception 'there is no job %', quote_nullable(set_job_time.job)
      using errcode = 'invalid_parameter_value',
        hint = 'Jobs: ' || (select string_agg(j.job, ', ' order by j.job) from recon.jobs j) || '.';
  end if;
exception
  when check_violation then
    raise exception '% is to run at %, which is not a time as cron has it',
      quote_nullable(set_job_time.job), quote_nullable(set_job_time.schedule)
      using errcode = 'invalid_parameter_value',
        hint = 'Write five fields of digits, names, *, /, comma and hyphen, such as '
          '10 6 * * *, or null for never.';
end
$$;

comment on function recon.set_job_time(text, text) is
  'Sets when a job of recon.jobs is done, in the five fields of cron; null is never. It takes '
  'effect when recon.schedule_jobs is called again, or the worker starts. Error 22023 for an '
  'unknown job or an invalid time.';
