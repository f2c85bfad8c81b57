create or replace function recon.event_document(event recon.events)
returns jsonb
language sql immutable
as $$
  select jsonb_strip_nulls(
    jsonb_build_object(
      'event_id', event.event_id,
      'happened_at', event.happened_at,
      'kind', event.kind,
      'severity', event.severity,
      'run_id', event.run_id,
      'settlement_date', event.settlement_date,
      'message', left(event.message, 1000)
    )
  )
$$;

comment on function recon.event_document(recon.events) is
  'An event as it is told: the payload of NOTIFY recon_events, small enough for it.';
