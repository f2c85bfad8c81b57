-- depends: 0006.difficulty-sync
-- Curtailment records from a file, on their way into the source table.

create table recon.loads (
  load_id bigint generated always as identity,
  file_name text not null,
  sha256 text not null,
  loaded_rows bigint,
  skipped_rows bigint,
  loaded_at timestamptz not null,
  loaded_by text not null default session_user,
  constraint loads_pkey primary key (load_id),
  constraint file_is_loaded_once unique (sha256)
);

comment on table recon.loads is 'A row per file of records that was loaded.';
comment on column recon.loads.load_id is 'Number of the load.';
comment on column recon.loads.file_name is 'Name of the file.';
comment on column recon.loads.sha256 is 'Hash of its content.';
comment on column recon.loads.loaded_rows is 'Rows that went into curtailment_records.';
comment on column recon.loads.skipped_rows is 'Bad lines that were left out.';
comment on column recon.loads.loaded_at is 'When.';
comment on column recon.loads.loaded_by is 'The role that loaded it.';

create unlogged table recon.staged_records (
  load_id bigint not null,
  line_no bigint not null,
  settlement_date text,
  settlement_period text,
  farm_id text,
  lead_party_name text,
  volume text,
  payment text,
  original_price text,
  final_price text,
  so_flag text,
  cadl_flag text,
  fault text
);

comment on table recon.staged_records is
  'Lines of a file as they were read; empty but within the transaction of a load.';
comment on column recon.staged_records.load_id is 'The load.';
comment on column recon.staged_records.line_no is 'Line of the file, from 1.';
comment on column recon.staged_records.settlement_date is 'Text as read.';
comment on column recon.staged_records.settlement_period is 'Text as read.';
comment on column recon.staged_records.farm_id is 'Text as read.';
comment on column recon.staged_records.lead_party_name is 'Text as read.';
comment on column recon.staged_records.volume is 'Text as read.';
comment on column recon.staged_records.payment is 'Text as read.';
comment on column recon.staged_records.original_price is 'Text as read.';
comment on column recon.staged_records.final_price is 'Text as read.';
comment on column recon.staged_records.so_flag is 'Text as read.';
comment on column recon.staged_records.cadl_flag is 'Text as read.';
comment on column recon.staged_records.fault is
  'What was wrong with the line before it had columns, such as a field too many.';
