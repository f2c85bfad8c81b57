-- What is a day old is given up.
create or replace view recon.webhook_status as
select
  w.webhook,
  w.severity,
  (
    select max(p.posted_at)
    from recon.post_events p
    where p.webhook = w.webhook
  ) as posted_at,
  (
    select min(e.happened_at)
    from recon.post_events p
    join recon.events e on e.event_id = p.event_id
    where p.webhook = w.webhook
      and p.posted_at is null
      and e.happened_at >= pg_catalog.now() - interval '1 day'
  ) as unsent_since
from recon.webhooks w;

comment on view recon.webhook_status is
  'The webhooks: what each is posted, and whether it takes it.';
comment on column recon.webhook_status.webhook is 'Its name.';
comment on column recon.webhook_status.severity is
  'The least that it is posted; null = as the sender says (--severity).';
comment on column recon.webhook_status.posted_at is 'When it last took a post; null = never.';
comment on column recon.webhook_status.unsent_since is
  'Time of the oldest event that it was sent and did not take; null = none waits.';
