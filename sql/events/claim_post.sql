-- A post is written down before it is sent. If its sender dies, or is not told that it was taken,
-- the same post is claimed again, under the same id, by which a receiver knows it; until it is as
-- old as what is not posted at all, so that one that is never taken does not hold up the others.
-- Senders of before there was more than one webhook name none.
create or replace function recon.claim_post(
  severity text,
  since interval,
  max_events integer,
  webhook text default 'default',
  public_url text default null
)
returns table (post_id bigint, webhook_id text, message text, events jsonb)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_severities constant text[] := array['critical', 'warning', 'note'];
  v_least text;
  v_post_id bigint;
begin
  perform recon.require_word('severity', claim_post.severity, v_severities);
  select coalesce(w.severity, claim_post.severity)
  into strict v_least
  from recon.require_webhook(claim_post.webhook) w;

  select min(p.post_id)
  into v_post_id
  from recon.post_events p
  join recon.events e on e.event_id = p.event_id
  where p.webhook = claim_post.webhook
    and p.posted_at is null
    and e.happened_at >= pg_catalog.now() - claim_post.since;

  if v_post_id is null then
    with
    claimed as (
      insert into recon.post_events (webhook, event_id, post_id)
      select claim_post.webhook, n.event_id, min(n.event_id) over ()
      from (
        select e.event_id
        from recon.events e
        where e.happened_at >= pg_catalog.now() - claim_post.since
          and e.severity = any (v_severities[:array_position(v_severities, v_least)])
          and not exists (
            select
            from recon.post_events p
            where p.webhook = claim_post.webhook
              and p.event_id = e.event_id
          )
        order by e.event_id
        limit claim_post.max_events
      ) n
      returning post_events.post_id
    )
    select min(c.post_id) into v_post_id from claimed c;

    update recon.events e
    set post_id = v_post_id
    from recon.post_events p
    where claim_post.webhook = 'default'
      and p.webhook = claim_post.webhook
      and p.post_id = v_post_id
      and e.event_id = p.event_id;
  end if;

  return query
  select v_post_id, d.webhook_id, d.message, d.events
  from recon.post_document(claim_post.webhook, v_post_id, claim_post.public_url) d;
end
$$;

comment on function recon.claim_post(text, interval, integer, text, text) is
  'The next post to a webhook: at most max_events of the events of at least this severity (unless '
  'recon.webhooks has another) since then that are in no post to it yet, or the post before where '
  'nobody has said that it was taken and an event of it is no older. With a public_url each event '
  'has a link to the live page that is found there. No row: there is nothing to post. One sender '
  'at a time. Error 22023 for another severity or webhook.';
