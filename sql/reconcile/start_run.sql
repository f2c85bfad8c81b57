create or replace function recon.start_run(
  from_date date,
  to_date date,
  order_by text,
  force boolean
)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run_id bigint;
begin
  perform recon.require_range(start_run.from_date, start_run.to_date);
  if start_run.order_by not in ('recent', 'oldest', 'largest') then
    raise exception 'order_by is %', quote_nullable(start_run.order_by)
      using errcode = 'invalid_parameter_value', hint = 'Use recent, oldest or largest.';
  end if;

  perform recon.expand_changes();

  insert into recon.runs (started_at, from_date, to_date, order_by, force)
  values (
    recon.now(), start_run.from_date, start_run.to_date, start_run.order_by, start_run.force
  )
  returning recon.runs.run_id into v_run_id;

  insert into recon.run_days (run_id, settlement_date, position)
  select
    v_run_id,
    p.settlement_date,
    row_number() over (
      order by
        case when start_run.order_by = 'largest' then recon.source_mwh(p.settlement_date) end desc,
        case when start_run.order_by = 'oldest' then p.settlement_date end,
        p.settlement_date desc
    )
  from recon.plannable_days(start_run.from_date, start_run.to_date, start_run.force) p;

  return v_run_id;
end
$$;

comment on function recon.start_run(date, date, text, boolean) is
  'Opens a run and writes down the days it will do: those pending now, or with force every day of '
  'the range; days that wait for their next attempt only with force. What becomes pending later '
  'is left to the next run. Returns its run_id. Error 22023 for an order_by or range that it '
  'cannot use.';
