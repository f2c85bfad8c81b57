-- A run in flight may hold the date until its batch has ended.
create or replace function recon.wait_for_day(settlement_date date)
returns void
language plpgsql volatile
as $$
declare
  v_day_no integer := recon.lock_no(wait_for_day.settlement_date);
  v_holder text;
begin
  perform recon.bound_lock_waits();
  if recon.lock_day(wait_for_day.settlement_date) then
    return;
  end if;

  v_holder := recon.lock_holder(null, v_day_no);
  perform from recon.day_locks l where l.day_no = v_day_no for update;
exception when lock_not_available then
  raise exception '% is in the hands of %', wait_for_day.settlement_date, v_holder
    using errcode = 'lock_not_available',
      hint = 'Nothing was decided. Try again in a moment, or recon.pause the runs first.';
end
$$;

comment on function recon.wait_for_day(date) is
  'Has this transaction hold the date, to its end, so that a run in flight can not undo what a '
  'person decides about it. Error 55P03 naming the holder after settings.lock_timeout.';
