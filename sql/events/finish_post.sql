create or replace function recon.finish_post(post_id bigint)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  update recon.events e
  set posted_at = pg_catalog.now()
  where e.post_id = finish_post.post_id
    and e.posted_at is null
$$;

comment on function recon.finish_post(bigint) is 'Notes that the webhook has taken a post.';
