-- What an earlier sync read is copied, not taken: that sync may still be at work.
create or replace function recon.start_sync(
  source text,
  out sync_id bigint,
  out resume_key jsonb,
  out items integer
)
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  expired as (
    delete from recon.syncs s
    where s.source = start_sync.source
      and s.finished_at is null
      and s.started_at < pg_catalog.now() - interval '1 day'
  ),
  latest as (
    select s.sync_id, s.started_at, s.finished_at, s.resume_key, s.pages, s.items
    from recon.syncs s
    where s.source = start_sync.source
    order by s.sync_id desc
    limit 1
  ),
  broken as materialized (
    select l.sync_id, l.started_at, l.resume_key, l.pages, l.items
    from latest l
    where l.finished_at is null
      and l.resume_key is not null
      and l.started_at > pg_catalog.now() - interval '1 hour'
  ),
  started as (
    insert into recon.syncs as s (source, started_at, resume_key, pages, items)
    select start_sync.source, b.started_at, b.resume_key, b.pages, b.items
    from broken b
    union all
    select start_sync.source, pg_catalog.now(), null, 0, 0
    where not exists (select from broken)
    returning s.sync_id, s.resume_key, s.items
  ),
  copied as (
    insert into recon.sync_items (sync_id, item_id, date_text, difficulty_text)
    select t.sync_id, i.item_id, i.date_text, i.difficulty_text
    from started t
    cross join broken b
    join recon.sync_items i on i.sync_id = b.sync_id
    order by i.item_no
  )
  select t.sync_id, t.resume_key, t.items from started t
$$;

comment on function recon.start_sync(text) is
  'A sync to add pages to. If the latest of this source broke off within the hour, the new one '
  'begins with its items and the key it resumes at. What was left unfinished for a day is deleted.';
