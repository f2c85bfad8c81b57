create or replace function recon.set_alert_limit(name text, warning_at text, critical_at text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_unit text;
  v_warning_at numeric;
  v_critical_at numeric;
begin
  select l.unit into v_unit from recon.alert_limits l where l.name = set_alert_limit.name;
  if not found then
    raise exception 'there is no alert %', quote_nullable(set_alert_limit.name)
      using errcode = 'invalid_parameter_value',
        hint = 'Alerts: '
          || (select string_agg(l.name, ', ' order by l.name) from recon.alert_limits l) || '.';
  end if;

  v_warning_at := recon.parse_limit(set_alert_limit.warning_at, v_unit);
  v_critical_at := recon.parse_limit(set_alert_limit.critical_at, v_unit);
  if v_warning_at > v_critical_at then
    raise exception 'warning_at % is above critical_at %',
      set_alert_limit.warning_at, set_alert_limit.critical_at
      using errcode = 'invalid_parameter_value', hint = 'A warning comes first, or at once.';
  end if;

  update recon.alert_limits l
  set warning_at = v_warning_at,
    critical_at = v_critical_at
  where l.name = set_alert_limit.name;
end
$$;

comment on function recon.set_alert_limit(text, text, text) is
  'Sets the values from which on an alert is a warning, and critical: intervals such as 2 hours '
  'for the ages (or seconds), numbers for the others; null is never. Error 22023 for an unknown '
  'alert, an invalid limit, or a warning above critical.';
