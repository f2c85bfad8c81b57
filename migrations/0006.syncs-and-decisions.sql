-- depends: 0005.summaries
-- Difficulty on its way in: what a sync has read so far, what it refused, and what people decided
-- about its values.

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
  first_date date,
  last_date date,
  constraint syncs_pkey primary key (sync_id),
  constraint first_date_is_2009_to_2100
    check (first_date between '2009-01-03' and '2100-01-01'),
  constraint last_date_is_2009_to_2100
    check (last_date between '2009-01-03' and '2100-01-01')
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
comment on column recon.syncs.first_date is 'First date that it brought a difficulty of.';
comment on column recon.syncs.last_date is 'Last date that it brought a difficulty of.';

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
  acknowledged_because text,
  constraint difficulty_refusals_pkey primary key (refusal_id),
  constraint refusal_is_new
    unique nulls not distinct (source, item_id, date_text, difficulty_text, reason),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01')
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
comment on column recon.difficulty_refusals.acknowledged_because is
  'Why a person lets the refusal stand; null = nobody has said so. It is of the item as it is '
  'written: another date or difficulty is refused anew.';

create table recon.difficulty_decisions (
  settlement_date date not null,
  difficulty numeric not null,
  verdict text not null,
  reason text,
  decided_by text not null default session_user,
  decided_at timestamptz not null default now(),
  constraint difficulty_decisions_pkey primary key (settlement_date, difficulty),
  constraint difficulty_is_positive check (difficulty > 0 and difficulty < 'Infinity'),
  constraint verdict_is_known check (verdict in ('accepted', 'rejected')),
  constraint rejection_has_a_reason check (verdict = 'accepted' or reason is not null),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01'),
  constraint difficulty_is_within_1e50_and_50_decimals
    check (difficulty < 1e50 and scale(trim_scale(difficulty)) <= 50)
);

comment on table recon.difficulty_decisions is
  'What people decided about the difficulty of a date. It holds for that value, in any notation: '
  'an accepted one is used though it is suspect or was refused, a rejected one is refused.';
comment on column recon.difficulty_decisions.settlement_date is 'The date.';
comment on column recon.difficulty_decisions.difficulty is 'The value decided about.';
comment on column recon.difficulty_decisions.verdict is 'accepted or rejected.';
comment on column recon.difficulty_decisions.reason is 'Why; a rejection has one.';
comment on column recon.difficulty_decisions.decided_by is 'The role that decided.';
comment on column recon.difficulty_decisions.decided_at is 'When.';

create table recon.withheld_difficulties (
  settlement_date date not null,
  kind text not null,
  constraint withheld_difficulties_pkey primary key (settlement_date),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01'),
  constraint kind_is_known check (
    kind in ('step', 'false_form', 'wrong_epoch', 'interpolated', 'short_epoch', 'long_epoch')
  )
);

comment on table recon.withheld_difficulties is
  'The dates whose difficulty is suspect and therefore not used: under the policy strict those of '
  'recon.suspect_difficulties that nobody accepted, under warn none. Kept by triggers.';
comment on column recon.withheld_difficulties.settlement_date is 'The date.';
comment on column recon.withheld_difficulties.kind is 'See recon.suspect_difficulties.';
