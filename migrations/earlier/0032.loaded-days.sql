-- depends: 0031.refresh-of-days
-- squawk-ignore-file constraint-missing-not-valid, disallowed-unique-constraint
-- What each load brought in, by day, so that it can be told and taken away again. A file that was
-- taken away can be loaded again.

create table recon.loaded_days (
  load_id bigint not null,
  settlement_date date not null,
  loaded_rows bigint not null,
  curtailed_mwh numeric,
  record_hashes bigint[] not null,
  replaced_by bigint,
  constraint loaded_days_pkey primary key (load_id, settlement_date),
  constraint load_is_known foreign key (load_id) references recon.loads (load_id),
  constraint later_load_is_known
    foreign key (replaced_by) references recon.loads (load_id),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01')
);

comment on table recon.loaded_days is
  'What each load brought in, by settlement date. Loads of an earlier version have no rows here.';
comment on column recon.loaded_days.load_id is 'The load.';
comment on column recon.loaded_days.settlement_date is 'Settlement date (Europe/London).';
comment on column recon.loaded_days.loaded_rows is 'Rows that went into curtailment_records.';
comment on column recon.loaded_days.curtailed_mwh is 'Their energy, MWh.';
comment on column recon.loaded_days.record_hashes is
  'A hash of each row as it was stored (recon.loaded_hash), by which it is found again.';
comment on column recon.loaded_days.replaced_by is
  'The load that took the place of what was stored of this date; null while none has.';

alter table recon.loads
  add column unloaded_at timestamptz,
  add column unloaded_by text,
  drop constraint file_is_loaded_once,
  add constraint file_is_loaded_once unique nulls not distinct (sha256, unloaded_at);

comment on column recon.loads.unloaded_at is
  'When its rows were taken away again; null while they were not.';
comment on column recon.loads.unloaded_by is 'The role that took them away.';
