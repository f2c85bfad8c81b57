create or replace function recon.close_run(run_id bigint)
returns text
language plpgsql volatile
as $$
declare
  v_outcome text;
begin
  if recon.is_stopped(close_run.run_id) then
    return 'stopped';
  end if;

  update recon.runs r
  set finished_at = clock_timestamp(),
    outcome = case
      when exists (
        select from recon.run_days d
        where d.run_id = close_run.run_id
          and d.outcome is null
      ) or exists (
        select from recon.days d
        where d.outcome <> 'reconciled'
          and d.settlement_date >= coalesce(r.from_date, '-infinity')
          and d.settlement_date <= coalesce(r.to_date, 'infinity')
      )
      then 'incomplete'
      else 'complete'
    end,
    unnoticed = case
      when exists (select from recon.run_days d where d.run_id = close_run.run_id)
        then (select count(*) from recon.capture_gaps())
      else r.unnoticed
    end,
    reason = null
  where r.run_id = close_run.run_id
  returning r.outcome into v_outcome;

  if v_outcome is null then
    raise exception 'there is no run %', close_run.run_id using errcode = 'no_data_found';
  end if;
  return v_outcome;
end
$$;

comment on function recon.close_run(bigint) is
  'Closes a run. Returns complete where no day of its range is left, blocked, failed or skipped, '
  'else incomplete; stopped where the fuse has stopped it.';
