-- depends: 0029.inspected-records
-- squawk-ignore-file constraint-missing-not-valid, ban-drop-function, ban-drop-constraint
-- A fourth order of days, which is the default. What is dropped is code: the deploy puts its
-- successor in place.

alter table recon.runs
  drop constraint order_by_is_known,
  add constraint order_by_is_known check (order_by in ('usual', 'recent', 'oldest', 'largest'));

comment on column recon.runs.order_by is
  'Which days came first: recent, oldest or largest; usual = those after the last stored '
  'calculation, oldest first, then the others, newest first.';

drop function if exists recon.insert_cells(date, text[]);
