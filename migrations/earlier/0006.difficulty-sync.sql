-- depends: 0005.runs
-- Difficulty on its way in: what a sync has read so far, and what it refused.

create table recon.syncs (
  sync_id bigint generated always as identity,
  source text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  resume_key jsonb,
  pages integer not null default 0,
  items integer not null default 0,
  changed integer,
  refused integer,
  constraint syncs_pkey primary key (sync_id)
);

comment on table recon.syncs is 'A row per reading of a source of difficulties.';
comment on column recon.syncs.sync_id is 'Number of the sync.';
comment on column recon.syncs.source is 'dynamodb:TABLE or file:NAME.';
comment on column recon.syncs.started_at is 'When it began.';
comment on column recon.syncs.finished_at is 'Null while pages are outstanding.';
comment on column recon.syncs.resume_key is 'Where the next page begins; saved with each page.';
comment on column recon.syncs.pages is 'Pages read.';
comment on column recon.syncs.items is 'Items read.';
comment on column recon.syncs.changed is 'Values that were new or other than before.';
comment on column recon.syncs.refused is 'Items that could not be used.';

create table recon.sync_items (
  sync_id bigint not null,
  item_no bigint generated always as identity,
  item_id text,
  date_text text,
  difficulty_text text,
  constraint sync_items_pkey primary key (sync_id, item_no),
  constraint sync_is_known
    foreign key (sync_id) references recon.syncs (sync_id) on delete cascade
);

comment on table recon.sync_items is
  'Items as they were read, until the last page is in and the sync is applied as a whole.';
comment on column recon.sync_items.sync_id is 'The sync.';
comment on column recon.sync_items.item_no is 'Row number.';
comment on column recon.sync_items.item_id is 'Key in the source.';
comment on column recon.sync_items.date_text is 'The date as written there.';
comment on column recon.sync_items.difficulty_text is 'The difficulty as written there.';

create table recon.difficulty_refusals (
  refusal_id bigint generated always as identity,
  sync_id bigint not null,
  source text not null,
  item_id text,
  settlement_date date,
  date_text text,
  difficulty_text text,
  reason text not null,
  refused_at timestamptz not null,
  constraint difficulty_refusals_pkey primary key (refusal_id),
  constraint refusal_is_new
    unique nulls not distinct (source, item_id, date_text, difficulty_text, reason)
);

create index difficulty_refusals_by_date on recon.difficulty_refusals (settlement_date);

comment on table recon.difficulty_refusals is
  'Items that were not used, and why. The date keeps the value it had, or stays without one.';
comment on column recon.difficulty_refusals.refusal_id is 'Row number.';
comment on column recon.difficulty_refusals.sync_id is 'The sync that first met it.';
comment on column recon.difficulty_refusals.source is 'dynamodb:TABLE or file:NAME.';
comment on column recon.difficulty_refusals.item_id is 'Key in the source.';
comment on column recon.difficulty_refusals.settlement_date is
  'The date, where it could be read.';
comment on column recon.difficulty_refusals.date_text is 'The date as written.';
comment on column recon.difficulty_refusals.difficulty_text is 'The difficulty as written.';
comment on column recon.difficulty_refusals.reason is 'Why it was refused.';
comment on column recon.difficulty_refusals.refused_at is 'When it was first refused.';
