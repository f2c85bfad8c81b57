drop function if exists recon.insert_cells(date, text[], boolean);

update recon.runs set order_by = 'recent' where order_by = 'usual';
alter table recon.runs
  drop constraint order_by_is_known,
  add constraint order_by_is_known check (order_by in ('recent', 'oldest', 'largest'));
comment on column recon.runs.order_by is 'Which days came first: recent, oldest or largest.';
