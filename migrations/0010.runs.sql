-- depends: 0009.operation
alter table recon.runs
  add column unnoticed integer;

comment on column recon.runs.unnoticed is
  'In how many ways changes could pass unnoticed at its end, or at its start while it has none; '
  'null of runs from before this was kept.';

drop function if exists recon.find_gaps(date);
drop function if exists recon.sum_source(date);
drop function if exists recon.plan(date, date, boolean);
