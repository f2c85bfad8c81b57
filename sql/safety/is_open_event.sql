-- How far back a sender looks is his to say; a day unless he says otherwise. Where nobody has ever
-- posted to a webhook, it waits for nothing.
create or replace function recon.is_open_event(event recon.events)
returns boolean
language sql stable
as $$
  select exists (
    select
    from recon.webhooks w
    left join recon.post_events p on p.webhook = w.webhook and p.event_id = event.event_id
    where case
      when p.posted_at is not null then false
      when p.post_id is not null then event.happened_at >= pg_catalog.now() - interval '7 days'
      else event.happened_at >= pg_catalog.now() - interval '1 day'
        and exists (select from recon.post_events o where o.webhook = w.webhook)
    end
  ) or (
    event.kind = 'alert_raised'
    and not exists (
      select from recon.events l
      where l.kind in ('alert_raised', 'alert_cleared')
        and l.details ->> 'name' = event.details ->> 'name'
        and l.event_id > event.event_id
    )
  )
$$;

comment on function recon.is_open_event(recon.events) is
  'Whether an event is still to be posted to a webhook, or says of an alert that it is raised.';
