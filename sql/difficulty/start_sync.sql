create or replace function recon.start_sync(
  source text,
  out sync_id bigint,
  out resume_key jsonb,
  out items integer
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  select s.sync_id, s.resume_key, s.items
  into start_sync.sync_id, start_sync.resume_key, start_sync.items
  from recon.syncs s
  where s.source = start_sync.source
    and s.finished_at is null
    and s.resume_key is not null
    and s.started_at > recon.now() - interval '1 hour'
  order by s.sync_id desc
  limit 1;

  if not found then
    insert into recon.syncs (source, started_at)
    values (start_sync.source, recon.now())
    returning recon.syncs.sync_id, recon.syncs.resume_key, recon.syncs.items
    into start_sync.sync_id, start_sync.resume_key, start_sync.items;
  end if;
end
$$;

comment on function recon.start_sync(text) is
  'The sync to add pages to: the one of this source that broke off within the hour, with the key '
  'it resumes at and the items it has, or a new one.';
