create or replace function recon.run_message(run_id bigint)
returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select format(
    '%s of %s days done: %s reconciled, %s blocked, %s failed. '
      'Cells: %s missing inserted, %s stale and %s wrong updated, %s orphans deleted.',
    h.planned_days - h.left_days,
    h.planned_days,
    h.reconciled_days,
    h.blocked_days,
    h.failed_days,
    to_char(h.missing, 'FM999,999,999,990'),
    to_char(h.stale, 'FM999,999,999,990'),
    to_char(h.wrong, 'FM999,999,999,990'),
    to_char(h.orphan, 'FM999,999,999,990')
  )
  from recon.run_history h
  where h.run_id = run_message.run_id
$$;

comment on function recon.run_message(bigint) is 'A run in a sentence or two.';
