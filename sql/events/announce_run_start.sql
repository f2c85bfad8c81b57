create or replace function recon.announce_run_start()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  insert into recon.events (happened_at, kind, severity, run_id, message, details)
  select
    clock_timestamp(),
    'run_started',
    'note',
    p.run_id,
    format(
      'Run %s has %s to do, %s to %s.',
      p.run_id,
      case when count(*) = 1 then '1 day' else count(*) || ' days' end,
      min(p.settlement_date),
      max(p.settlement_date)
    ),
    jsonb_build_object(
      'days', count(*),
      'from_date', min(p.settlement_date),
      'to_date', max(p.settlement_date)
    )
  from planned p
  group by p.run_id;
  return null;
end
$$;

comment on function recon.announce_run_start() is
  'Statement trigger of run_days: the event of a run that has days to do.';
