-- The ctid has it read the rows, and not an index full of what was consumed.
create or replace function recon.has_work()
returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select not recon.is_paused()
    and (
      exists (select from recon.summary_changes)
      or exists (select from recon.changes c where c.ctid >= '(0,0)'::tid)
      and exists (select from recon.plannable_days(null, null, false))
    )
$$;

comment on function recon.has_work() is
  'Whether a run would have a day to do, or a summary to publish, now: false too while runs are '
  'paused.';
