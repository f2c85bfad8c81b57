-- A post is written down before it is sent. If its sender dies, or is not told that it was taken,
-- the same post is claimed again, under the same id, by which a receiver knows it; until it is as
-- old as what is not posted at all, so that one that is never taken does not hold up the others.
-- The numbers of events begin anew where a database is restored from a backup, so the id is also
-- made of what the events say and of when they happened.
create or replace function recon.claim_post(severity text, since interval, max_events integer)
returns table (post_id bigint, webhook_id text, message text, events jsonb)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_severities text[] := array['critical', 'warning', 'note'];
  v_post_id bigint;
begin
  if array_position(v_severities, claim_post.severity) is null then
    raise exception 'severity is %', quote_nullable(claim_post.severity)
      using errcode = 'invalid_parameter_value', hint = 'Use note, warning or critical.';
  end if;

  select min(e.post_id)
  into v_post_id
  from recon.events e
  where e.post_id is not null
    and e.posted_at is null
    and e.happened_at >= pg_catalog.now() - claim_post.since;

  if v_post_id is null then
    with
    next as (
      select e.event_id
      from recon.events e
      where e.post_id is null
        and e.happened_at >= pg_catalog.now() - claim_post.since
        and e.severity = any (v_severities[:array_position(v_severities, claim_post.severity)])
      order by e.event_id
      limit claim_post.max_events
    ),
    claimed as (
      update recon.events e
      set post_id = (select min(n.event_id) from next n)
      from next n
      where e.event_id = n.event_id
      returning e.post_id
    )
    select min(c.post_id) into v_post_id from claimed c;
  end if;

  return query
  select
    e.post_id,
    format(
      'recon-%s-%s',
      e.post_id,
      md5(jsonb_agg(
        jsonb_build_array(e.event_id, extract(epoch from e.happened_at), e.kind, e.message)
        order by e.event_id
      )::text)
    ),
    string_agg(
      format('[%s] %s', e.severity, translate(left(e.message, 1000), E'\n\r', '  ')),
      E'\n' order by e.event_id
    ),
    jsonb_agg(
      recon.event_document(e) || jsonb_build_object('details', e.details) order by e.event_id
    )
  from recon.events e
  where e.post_id = v_post_id
    and e.posted_at is null
  group by e.post_id;
end
$$;

comment on function recon.claim_post(text, interval, integer) is
  'The next post for a webhook: at most max_events of the events of at least this severity since '
  'then that are in no post yet, or the post before where nobody has said that it was taken and '
  'an event of it is no older. No row: there is nothing to post. One sender at a time. Error 22023 '
  'for another severity.';
