drop view if exists recon.load_history;
delete from recon.loads where unloaded_at is not null;
drop table recon.loaded_days;
alter table recon.loads
  drop constraint file_is_loaded_once,
  drop column unloaded_at,
  drop column unloaded_by,
  add constraint file_is_loaded_once unique (sha256);
