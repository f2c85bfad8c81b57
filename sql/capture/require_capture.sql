create or replace function recon.require_capture(ignored_reason text)
returns void
language plpgsql stable
as $$
declare
  v_gap record;
begin
  select g.table_name, g.finding, g.next_step
  into v_gap
  from recon.capture_gaps() g
  where g.stops_runs
    and g.reason is distinct from require_capture.ignored_reason
  limit 1;

  if found then
    raise exception 'nothing was done, as % cannot be trusted: %', v_gap.table_name, v_gap.finding
      using errcode = 'object_not_in_prerequisite_state', hint = v_gap.next_step;
  end if;
end
$$;

comment on function recon.require_capture(text) is
  'Nothing, or error 55000 where a table is not what the kit takes it for, so that what a run or a '
  'proof says of it would not be true; but for one reason of recon.capture_gaps (null = none).';
