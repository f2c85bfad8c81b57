create or replace function recon.finish_post(post_id bigint, webhook text default 'default')
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  taken as (
    update recon.post_events p
    set posted_at = pg_catalog.now()
    where p.webhook = finish_post.webhook
      and p.post_id = finish_post.post_id
      and p.posted_at is null
    returning p.event_id
  )
  update recon.events e
  set posted_at = pg_catalog.now()
  from taken t
  where e.event_id = t.event_id
    and finish_post.webhook = 'default'
$$;

comment on function recon.finish_post(bigint, text) is 'Notes that a webhook has taken a post.';
