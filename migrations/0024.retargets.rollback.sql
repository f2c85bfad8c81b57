drop table recon.retargets;
delete from recon.withheld_difficulties w where w.kind in ('false_form', 'wrong_epoch');
alter table recon.withheld_difficulties
  drop constraint kind_is_known,
  add constraint kind_is_known
    check (kind in ('step', 'interpolated', 'short_epoch', 'long_epoch'));
comment on column recon.withheld_difficulties.kind is
  'step, interpolated, short_epoch or long_epoch: see recon.suspect_difficulties.';
