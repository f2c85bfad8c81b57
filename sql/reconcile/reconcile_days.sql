create or replace function recon.reconcile_days(dates date[])
returns setof recon.run_days
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_run_id bigint;
  v_days integer;
  v_wait interval;
begin
  perform recon.require_capture(null);
  insert into recon.runs (started_at, from_date, to_date, order_by, force, calculations_before)
  select pg_catalog.now(), min(d), max(d), 'oldest', true, recon.reconciled_calculations()
  from unnest(reconcile_days.dates) d
  returning recon.runs.run_id into v_run_id;

  insert into recon.run_days (run_id, settlement_date, position)
  select v_run_id, d, row_number() over (order by d)
  from (select distinct d from unnest(reconcile_days.dates) d where d is not null) t (d);

  loop
    select b.days, b.wait
    into v_days, v_wait
    from recon.reconcile_batch(v_run_id, greatest(cardinality(reconcile_days.dates), 1)) b;
    exit when v_days = 0 and v_wait is null or recon.statement_timed_out();
    perform pg_sleep_for(v_wait);
  end loop;
  if recon.finish_run(v_run_id) = 'stopped' then
    raise exception 'nothing was written, for the fuse would stop it: %',
      (select r.reason from recon.runs r where r.run_id = v_run_id)
      using errcode = 'RK002',
        hint = 'To see all of it, and then confirm it: call recon.reconcile(force => true);';
  end if;

  return query
  select d.*
  from recon.run_days d
  where d.run_id = v_run_id
  order by d.settlement_date;
end
$$;

comment on function recon.reconcile_days(date[]) is
  'Reconciles these dates, pending or not, in the caller''s transaction, as a run of their own. '
  'Returns a row per date; outcome is null where another worker held it. '
  'Error RK002 where the fuse forbids it.';
