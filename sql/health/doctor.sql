-- Runs with the rights of the caller, as it tells what these are.
create or replace function recon.doctor()
returns table (outcome text, subject text, finding text, next_step text)
language sql stable
set search_path = pg_catalog, pg_temp
set row_security = off
set lock_timeout = '5s'
as $$
  select s.outcome, s.subject, s.finding, s.next_step from recon.server_checks s
  union all
  select r.outcome, r.subject, r.finding, r.next_step from recon.rights_checks r
  union all
  select c.outcome, c.subject, c.finding, c.next_step from recon.capture_checks c
  union all
  select w.outcome, w.subject, w.finding, w.next_step from recon.work_checks w
  union all
  select d.outcome, d.subject, d.finding, d.next_step from recon.date_checks d
$$;

comment on function recon.doctor() is
  'Whether the database is fit for the kit, a row per subject: ok, warning or failure, what was '
  'found, and the next step. Error 55P03 after 5 seconds where a table is locked.';
