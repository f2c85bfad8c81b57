create or replace function recon.accept_load(load_id bigint, replace boolean)
returns bigint
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  update recon.loads l
  set skipped_rows = recon.drop_bad_lines(accept_load.load_id)
  where l.load_id = accept_load.load_id;

  select recon.clear_dates(accept_load.load_id) where accept_load.replace;

  update recon.loads l
  set loaded_rows = recon.insert_records(accept_load.load_id, 0, 9223372036854775807)
  where l.load_id = accept_load.load_id;

  select recon.require_dates_as_loaded(accept_load.load_id);

  delete from recon.staged_records s where s.load_id = accept_load.load_id;

  select l.loaded_rows from recon.loads l where l.load_id = accept_load.load_id
$$;

comment on function recon.accept_load(bigint, boolean) is
  'Moves the good lines of a load into curtailment_records, with replace in the place of what is '
  'stored of their dates; returns how many.';
