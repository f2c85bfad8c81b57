create or replace function recon.announce_day()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  insert into recon.events (
    happened_at, kind, severity, run_id, settlement_date, message, details
  )
  values (
    clock_timestamp(),
    'day_' || new.outcome,
    case when new.outcome = 'blocked' then 'warning' else 'critical' end,
    new.run_id,
    new.settlement_date,
    case
      when new.outcome = 'blocked'
        then format('%s is blocked: %s.', new.settlement_date, new.reason)
      else format(
        '%s has failed (attempt %s, %s): %s',
        new.settlement_date,
        new.attempts,
        case
          when new.next_attempt_at = 'infinity' then 'it waits for a person'
          else 'the next after ' || to_char(new.next_attempt_at at time zone 'UTC', 'HH24:MI "UTC"')
        end,
        new.reason
      )
    end,
    jsonb_strip_nulls(jsonb_build_object('reason', new.reason, 'sqlstate', new.sqlstate))
  );
  return null;
end
$$;

comment on function recon.announce_day() is
  'Row trigger of days: the event of a day that has become blocked or failed, or is so for '
  'another reason, or now waits for a person.';
