-- depends: 0010.finite-summary-dates
-- squawk-ignore-file ban-drop-function, constraint-missing-not-valid
-- What the protocol says of a series of difficulties, and what people decided about its values.

alter table recon.settings
  add column difficulty_policy text not null default 'warn',
  add column difficulty_max_step numeric not null default 4,
  add column difficulty_min_epoch_days integer not null default 5,
  add column difficulty_max_epoch_days integer not null default 20,
  add constraint difficulty_policy_is_known check (difficulty_policy in ('warn', 'strict')),
  add constraint difficulty_max_step_is_more_than_1
    check (difficulty_max_step > 1 and difficulty_max_step <= 1000),
  add constraint difficulty_min_epoch_days_is_positive check (difficulty_min_epoch_days > 0),
  add constraint difficulty_max_epoch_days_is_not_below_min
    check (difficulty_max_epoch_days >= difficulty_min_epoch_days);

comment on column recon.settings.difficulty_policy is
  'What is done with a suspect difficulty until a person accepts it: warn = it is used; strict = '
  'its date is blocked.';
comment on column recon.settings.difficulty_max_step is
  'Largest factor between two epochs, up or down; the protocol allows 4.';
comment on column recon.settings.difficulty_min_epoch_days is
  'An epoch of fewer days is suspect, since 2016.';
comment on column recon.settings.difficulty_max_epoch_days is
  'An epoch of more days is suspect, since 2016.';

alter table recon.syncs
  add column first_date date,
  add column last_date date;

comment on column recon.syncs.first_date is 'First date that it brought a difficulty of.';
comment on column recon.syncs.last_date is 'Last date that it brought a difficulty of.';

create table recon.difficulty_decisions (
  settlement_date date not null,
  difficulty numeric not null,
  verdict text not null,
  reason text,
  decided_by text not null default session_user,
  decided_at timestamptz not null default now(),
  constraint difficulty_decisions_pkey primary key (settlement_date, difficulty),
  constraint settlement_date_is_finite check (isfinite(settlement_date)),
  constraint difficulty_is_positive check (difficulty > 0 and difficulty < 'Infinity'),
  constraint verdict_is_known check (verdict in ('accepted', 'rejected')),
  constraint rejection_has_a_reason check (verdict = 'accepted' or reason is not null)
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
  constraint kind_is_known
    check (kind in ('step', 'interpolated', 'short_epoch', 'long_epoch'))
);

comment on table recon.withheld_difficulties is
  'The dates whose difficulty is suspect and therefore not used: under the policy strict those of '
  'recon.suspect_difficulties that nobody accepted, under warn none. Kept by triggers.';
comment on column recon.withheld_difficulties.settlement_date is 'The date.';
comment on column recon.withheld_difficulties.kind is
  'step, interpolated, short_epoch or long_epoch: see recon.suspect_difficulties.';

-- Code: the deploy puts its successor in place.
drop function if exists recon.apply_sync(bigint, text);

-- A scan that broke off was read in one piece; the next one begins anew, in segments.
update recon.syncs set resume_key = null where finished_at is null;
