create or replace function recon.announce_run_end()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set enable_seqscan = off
as $$
begin
  insert into recon.events (happened_at, kind, severity, run_id, message, details)
  select
    clock_timestamp(),
    case when new.outcome = 'stopped' then 'run_stopped' else 'run_finished' end,
    case new.outcome
      when 'complete' then 'note'
      when 'incomplete' then 'warning'
      else 'critical'
    end,
    new.run_id,
    case
      when new.outcome = 'stopped'
        then overlay(recon.stop_message(new.run_id) placing 'R' from 1)
      else format('Run %s is %s. %s', new.run_id, new.outcome, recon.run_message(new.run_id))
    end,
    (
      select jsonb_build_object(
        'outcome', new.outcome,
        'planned_days', h.planned_days,
        'left_days', h.left_days,
        'blocked_days', h.blocked_days,
        'failed_days', h.failed_days,
        'missing', h.missing,
        'stale', h.stale,
        'wrong', h.wrong,
        'orphan', h.orphan
      )
      from recon.run_history h
      where h.run_id = new.run_id
    )
  where new.outcome = 'stopped'
    or exists (select from recon.run_days d where d.run_id = new.run_id);
  return null;
end
$$;

comment on function recon.announce_run_end() is
  'Row trigger of runs: the event of a run that has ended, or that the fuse stopped. A run that '
  'had nothing to do has none.';
