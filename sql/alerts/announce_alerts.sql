create or replace function recon.announce_alerts()
returns integer
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  -- Two at once would tell the same news; in a statement of its own, for the snapshot.
  select recon.take_lock('alerts');

  with
  told as (
    select distinct on (e.details ->> 'name')
      e.details ->> 'name' as name,
      e.details ->> 'severity' as severity
    from recon.events e
    where e.kind in ('alert_raised', 'alert_cleared')
    order by e.details ->> 'name', e.event_id desc
  ),
  news as (
    insert into recon.events (happened_at, kind, severity, message, details)
    select
      clock_timestamp(),
      case when a.severity = 'ok' then 'alert_cleared' else 'alert_raised' end,
      case when a.severity = 'ok' then 'note' else a.severity end,
      format(
        'Alert %s is %s: %s%s',
        a.name,
        a.severity,
        a.finding,
        coalesce(' -> ' || a.next_step, '.')
      ),
      jsonb_build_object(
        'name', a.name,
        'severity', a.severity,
        'value', a.value::text,
        'unit', a.unit
      )
    from recon.alerts a
    left join told t using (name)
    where a.severity <> coalesce(t.severity, 'ok')
    returning 1
  )
  select count(*)::integer from news
$$;

comment on function recon.announce_alerts() is
  'An event for each row of recon.alerts whose severity is another than was told last. Returns '
  'how many there were.';
