-- Texts are cut to what can be indexed among the refusals; no number or date is that long.
create or replace function recon.add_sync_page(sync_id bigint, items jsonb, resume_key jsonb)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  insert into recon.sync_items (sync_id, item_id, date_text, difficulty_text)
  select
    add_sync_page.sync_id,
    left(i.item_id, 150),
    left(i.date_text, 150),
    left(i.difficulty_text, 150)
  from jsonb_to_recordset(add_sync_page.items)
    as i (item_id text, date_text text, difficulty_text text);

  update recon.syncs s
  set pages = s.pages + 1,
    items = s.items + jsonb_array_length(add_sync_page.items),
    resume_key = add_sync_page.resume_key
  where s.sync_id = add_sync_page.sync_id
$$;

comment on function recon.add_sync_page(bigint, jsonb, jsonb) is
  'Stores a page of items, an array of {item_id, date_text, difficulty_text}, with the key the '
  'next one begins at (null after the last), so that a sync that breaks off goes on from there.';
