create or replace function recon.skip_day(settlement_date date, reason text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if skip_day.settlement_date is null or coalesce(btrim(skip_day.reason), '') = '' then
    raise exception 'skipping needs a date and a reason'
      using errcode = 'invalid_parameter_value', hint = 'Say why; it is shown in every status.';
  end if;
  perform recon.require_known_date(skip_day.settlement_date);
  perform recon.wait_for_day(skip_day.settlement_date);

  insert into recon.days as d (settlement_date, outcome, reason)
  values (skip_day.settlement_date, 'skipped', skip_day.reason)
  on conflict on constraint days_pkey do update
  set outcome = excluded.outcome,
    reason = excluded.reason,
    sqlstate = null,
    next_attempt_at = null;
end
$$;

comment on function recon.skip_day(date, text) is
  'Leaves a day as it is from now on, until recon.retry_day; runs pass over it and none is '
  'complete while it is skipped. Error 22023 without a date and a reason, and for a date of which '
  'nothing can be known, 55P03 where a run has held the day for longer than settings.lock_timeout.';
