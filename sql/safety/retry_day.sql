-- What was proven of the day stays as evidence: it stands as it last did, and is pending. A day of
-- which nothing was ever proven is forgotten.
create or replace function recon.retry_day(settlement_date date)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  if retry_day.settlement_date is null then
    raise exception 'settlement_date is null'
      using errcode = 'null_value_not_allowed', hint = 'Give a date, such as 2025-03-01.';
  end if;
  perform recon.require_date(retry_day.settlement_date);
  perform recon.wait_for_day(retry_day.settlement_date);

  update recon.days d
  set outcome = 'reconciled',
    reason = null,
    sqlstate = null,
    attempts = 0,
    next_attempt_at = null
  where d.settlement_date = retry_day.settlement_date
    and d.outcome in ('failed', 'skipped');

  if not found then
    raise exception 'day % is neither failed nor skipped',
      coalesce(retry_day.settlement_date::text, 'null')
      using errcode = 'invalid_parameter_value',
        hint = 'Such days: '
          'select * from recon.day_status where state in (''failed'', ''skipped'');';
  end if;

  delete from recon.days d
  where d.settlement_date = retry_day.settlement_date
    and d.derived_fingerprint is null;

  insert into recon.changes (settlement_date, reason, changed_at)
  values (retry_day.settlement_date, 'verification', pg_catalog.now());
end
$$;

comment on function recon.retry_day(date) is
  'Puts a failed or skipped day back among the pending ones, its attempts forgotten. Error 22023 '
  'where it is neither, 55P03 where a run has held it for longer than settings.lock_timeout.';
