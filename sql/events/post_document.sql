-- The numbers of events begin anew where a database is restored from a backup, so the id is also
-- made of what the events say and of when they happened.
create or replace function recon.post_document(webhook text, post_id bigint, public_url text)
returns table (webhook_id text, message text, events jsonb)
language sql stable
as $$
  select
    format(
      'recon-%s-%s',
      p.post_id,
      md5(jsonb_agg(
        jsonb_build_array(e.event_id, extract(epoch from e.happened_at), e.kind, e.message)
        order by e.event_id
      )::text)
    ),
    string_agg(
      format('[%s] %s', e.severity, translate(left(e.message, 1000), E'\n\r', '  '))
        || coalesce(E'\n' || l.link, ''),
      E'\n' order by e.event_id
    ),
    jsonb_agg(
      recon.event_document(e)
        || jsonb_build_object('details', e.details)
        || jsonb_strip_nulls(jsonb_build_object('link', l.link))
      order by e.event_id
    )
  from recon.post_events p
  join recon.events e on e.event_id = p.event_id
  cross join lateral (select post_document.public_url || recon.event_path(e)) l (link)
  where p.webhook = post_document.webhook
    and p.post_id = post_document.post_id
    and p.posted_at is null
  group by p.post_id
$$;

comment on function recon.post_document(text, bigint, text) is
  'A post that is not taken yet: its id, by which a receiver knows it, its text, and its events. '
  'With a public_url each event has a link to the live page that is found there.';
