-- What others caused in a half hour may have passed: the day is tried, and set back as any is.
create or replace function recon.finish_critical(settlement_date date, run_id bigint)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
as $$
declare
  v_sqlstate text;
  v_message text;
  v_attempt text;
begin
  perform recon.require_read_committed();
  perform recon.bound_lock_waits();
  if not recon.lock_day(finish_critical.settlement_date)
    or recon.is_skipped(finish_critical.settlement_date)
  then
    return recon.finish_run(finish_critical.run_id);
  end if;

  delete from recon.period_failures f
  where f.run_id = finish_critical.run_id
    and (
      recon.is_passing_error(f.sqlstate, interval '0')
      or f.settlement_period
        <> all (recon.periods_with_gaps(finish_critical.settlement_date))
    );

  select
    min(f.sqlstate),
    string_agg(
      format('period %s: %s', f.settlement_period, f.reason), '; ' order by f.settlement_period
    )
  into v_sqlstate, v_message
  from recon.period_failures f
  where f.run_id = finish_critical.run_id;

  if v_message is not null then
    perform recon.record_failure(
      finish_critical.settlement_date, finish_critical.run_id, v_sqlstate, v_message
    );
  else
    while not recon.is_paused() loop
      v_attempt := recon.attempt_day(finish_critical.settlement_date, finish_critical.run_id);
      if v_attempt = 'stopped' then
        perform recon.stop_run(finish_critical.run_id);
      end if;
      exit when v_attempt <> 'set back';
      perform pg_sleep(0.2 * (0.5 + random()));
    end loop;
  end if;
  return recon.finish_run(finish_critical.run_id);
end
$$;

comment on function recon.finish_critical(date, bigint) is
  'Ends a run over the half hours of a date: reconciles the day as a whole, or marks it failed '
  'with the half hours that could not be repaired; leaves it where another worker holds it '
  'or somebody skipped it. Returns the outcome of the run.';
