-- depends: 0015.alert-limits
-- squawk-ignore-file constraint-missing-not-valid
-- Whether the source itself is right: what was seen of it, who is in the register, what is odd.

create table recon.bm_units (
  farm_id text not null,
  lead_party_name text,
  capacity_mw numeric,
  loaded_at timestamptz not null default now(),
  constraint bm_units_pkey primary key (farm_id),
  constraint farm_id_is_not_empty check (farm_id <> ''),
  constraint capacity_is_positive check (capacity_mw > 0 and capacity_mw < 'Infinity')
);

comment on table recon.bm_units is
  'The register of wind BM units. While it is empty no farm is called unknown.';
comment on column recon.bm_units.farm_id is 'BM unit, such as T_CLDCW-1.';
comment on column recon.bm_units.lead_party_name is 'Who is paid.';
comment on column recon.bm_units.capacity_mw is 'MW; null where the register has none.';
comment on column recon.bm_units.loaded_at is 'When this row was last written.';

create unlogged table recon.staged_units (
  line_no bigint not null,
  farm_id text,
  lead_party_name text,
  capacity_mw text,
  fault text
);

comment on table recon.staged_units is
  'Lines of a register as they were read; empty but within the transaction that loads it.';
comment on column recon.staged_units.line_no is 'Line of the file, from 1.';
comment on column recon.staged_units.farm_id is 'Text as read.';
comment on column recon.staged_units.lead_party_name is 'Text as read.';
comment on column recon.staged_units.capacity_mw is 'Text as read.';
comment on column recon.staged_units.fault is
  'What was wrong with the line before it had columns, such as a field too many.';

create table recon.source_days (
  settlement_date date not null,
  source_rows integer not null,
  repeated_rows integer not null,
  cells integer not null,
  farms integer not null,
  curtailed_mwh numeric not null,
  net_mwh numeric not null,
  payment_gbp numeric not null,
  positive_rows integer not null,
  negative_rows integer not null,
  paid_rows integer not null,
  charged_rows integer not null,
  priced_rows integer not null,
  unequal_rows integer not null,
  fine_rows integer not null,
  fingerprint numeric not null,
  peak_rows integer not null,
  first_seen_at timestamptz not null,
  changed_at timestamptz not null,
  inspected_at timestamptz,
  reconciled_at timestamptz,
  constraint source_days_pkey primary key (settlement_date),
  constraint settlement_date_is_finite check (isfinite(settlement_date))
);

create index source_days_by_fingerprint on recon.source_days (fingerprint);

comment on table recon.source_days is
  'What the source was seen to hold of each date, days without a row between others included.';
comment on column recon.source_days.settlement_date is 'Settlement date (Europe/London).';
comment on column recon.source_days.source_rows is 'Rows in curtailment_records.';
comment on column recon.source_days.repeated_rows is
  'Rows that are equal to another of their period in all columns, but for the first of each.';
comment on column recon.source_days.cells is 'Periods and farms with a row.';
comment on column recon.source_days.farms is 'Farms with a row.';
comment on column recon.source_days.curtailed_mwh is 'MWh: magnitudes summed.';
comment on column recon.source_days.net_mwh is 'MWh: volumes summed with their signs.';
comment on column recon.source_days.payment_gbp is 'GBP, summed with their signs.';
comment on column recon.source_days.positive_rows is 'Rows with a volume above 0.';
comment on column recon.source_days.negative_rows is 'Rows with a volume below 0.';
comment on column recon.source_days.paid_rows is 'Rows with a payment above 0.';
comment on column recon.source_days.charged_rows is 'Rows with a payment below 0.';
comment on column recon.source_days.priced_rows is 'Rows with a price.';
comment on column recon.source_days.unequal_rows is 'Rows whose payment is not volume x price.';
comment on column recon.source_days.fine_rows is 'Rows whose volume is no multiple of 0.1 MWh.';
comment on column recon.source_days.fingerprint is 'Sum of the hashes of its periods.';
comment on column recon.source_days.peak_rows is
  'The most rows, repeated ones left out, that were ever seen.';
comment on column recon.source_days.first_seen_at is 'When it was first read.';
comment on column recon.source_days.changed_at is 'When it was last read and was not as before.';
comment on column recon.source_days.inspected_at is
  'When the rules last judged it; null = they are to.';
comment on column recon.source_days.reconciled_at is
  'recon.days.reconciled_at as it was then: another one means that the source may have changed.';

create table recon.source_periods (
  settlement_date date not null,
  settlement_period integer not null,
  source_rows integer not null,
  repeated_rows integer not null,
  most_copies integer not null,
  farms integer not null,
  curtailed_mwh numeric not null,
  net_mwh numeric not null,
  payment_gbp numeric not null,
  positive_rows integer not null,
  negative_rows integer not null,
  paid_rows integer not null,
  charged_rows integer not null,
  priced_rows integer not null,
  unequal_rows integer not null,
  unequal_gbp numeric not null,
  fine_rows integer not null,
  fingerprint numeric not null,
  constraint source_periods_pkey primary key (settlement_date, settlement_period)
);

create index source_periods_by_fingerprint on recon.source_periods (fingerprint);

comment on table recon.source_periods is 'recon.period_content as it was last read.';
comment on column recon.source_periods.settlement_date is 'Settlement date.';
comment on column recon.source_periods.settlement_period is 'Half hour of the day, from 1.';
comment on column recon.source_periods.source_rows is 'Rows in curtailment_records.';
comment on column recon.source_periods.repeated_rows is 'As in recon.source_days.';
comment on column recon.source_periods.most_copies is 'How often the most repeated row is there.';
comment on column recon.source_periods.farms is 'Farms with a row.';
comment on column recon.source_periods.curtailed_mwh is 'MWh: magnitudes summed.';
comment on column recon.source_periods.net_mwh is 'MWh: volumes summed with their signs.';
comment on column recon.source_periods.payment_gbp is 'GBP, summed with their signs.';
comment on column recon.source_periods.positive_rows is 'Rows with a volume above 0.';
comment on column recon.source_periods.negative_rows is 'Rows with a volume below 0.';
comment on column recon.source_periods.paid_rows is 'Rows with a payment above 0.';
comment on column recon.source_periods.charged_rows is 'Rows with a payment below 0.';
comment on column recon.source_periods.priced_rows is 'Rows with a price.';
comment on column recon.source_periods.unequal_rows is 'Rows whose payment is not volume x price.';
comment on column recon.source_periods.unequal_gbp is
  'GBP by which the magnitudes of those payments differ from volume x price.';
comment on column recon.source_periods.fine_rows is 'Rows whose volume is no multiple of 0.1 MWh.';
comment on column recon.source_periods.fingerprint is
  'Sum of the hashes of its rows; neither date nor period is in it, so that copies are equal.';

create table recon.source_farms (
  settlement_date date not null,
  farm_id text not null,
  source_rows integer not null,
  periods integer[] not null,
  curtailed_mwh numeric not null,
  payment_gbp numeric not null,
  largest_mwh numeric not null,
  constraint source_farms_pkey primary key (settlement_date, farm_id)
);

create index source_farms_by_farm on recon.source_farms (farm_id, settlement_date);

comment on table recon.source_farms is 'recon.farm_content as it was last read.';
comment on column recon.source_farms.settlement_date is 'Settlement date.';
comment on column recon.source_farms.farm_id is 'BM unit.';
comment on column recon.source_farms.source_rows is 'Rows in curtailment_records.';
comment on column recon.source_farms.periods is 'Half hours with a row.';
comment on column recon.source_farms.curtailed_mwh is 'MWh: magnitudes summed.';
comment on column recon.source_farms.payment_gbp is 'GBP: magnitudes summed.';
comment on column recon.source_farms.largest_mwh is
  'MWh in its largest half hour, repeated rows left out.';

create type recon.source_fault as (
  settlement_date date,
  kind text,
  subject text,
  periods integer[],
  severity text,
  evidence text,
  next_step text
);

comment on type recon.source_fault is
  'What a rule finds in a day: its kind is the name of the rule, the subject a farm, a date, a '
  'model, or empty for the day itself; periods are null where it is all of them.';

create table recon.source_findings (
  settlement_date date not null,
  kind text not null,
  subject text not null default '',
  periods integer[],
  severity text not null,
  evidence text not null,
  next_step text not null,
  found_at timestamptz not null default now(),
  opened_at timestamptz not null default now(),
  cleared_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  reason text,
  constraint source_findings_pkey primary key (settlement_date, kind, subject),
  constraint severity_is_known check (severity in ('critical', 'warning', 'note')),
  constraint acknowledgement_has_name_and_reason
    check (num_nulls(acknowledged_at, acknowledged_by, reason) in (0, 3)),
  constraint cleared_is_not_acknowledged check (cleared_at is null or acknowledged_at is null)
);

create index source_findings_not_cleared on recon.source_findings (settlement_date)
where cleared_at is null;

comment on table recon.source_findings is
  'What was found in the source, kept: open until it is no longer found or a person acknowledges '
  'it. An acknowledgement holds as long as the evidence stays as it is.';
comment on column recon.source_findings.settlement_date is 'Settlement date.';
comment on column recon.source_findings.kind is 'The rule that found it.';
comment on column recon.source_findings.subject is
  'A farm, a date or a miner model; empty for the day itself.';
comment on column recon.source_findings.periods is 'Half hours concerned; null = the day.';
comment on column recon.source_findings.severity is 'critical, warning or note.';
comment on column recon.source_findings.evidence is 'What was found, in numbers.';
comment on column recon.source_findings.next_step is 'What to do about it.';
comment on column recon.source_findings.found_at is 'When it was first found.';
comment on column recon.source_findings.opened_at is 'When it was last opened.';
comment on column recon.source_findings.cleared_at is 'When it was no longer found.';
comment on column recon.source_findings.acknowledged_at is 'When a person let it stand.';
comment on column recon.source_findings.acknowledged_by is 'The role that did.';
comment on column recon.source_findings.reason is 'Why.';

alter table recon.settings
  add column source_window_days integer not null default 90
    constraint source_window_days_is_7_to_1000 check (source_window_days between 7 and 1000),
  add column source_min_days integer not null default 30
    constraint source_min_days_is_positive check (source_min_days > 0),
  add column source_deviations numeric not null default 6
    constraint source_deviations_is_positive
      check (source_deviations > 0 and source_deviations < 'Infinity'),
  add column source_hole_periods integer not null default 2
    constraint source_hole_periods_is_positive check (source_hole_periods > 0),
  add column source_hole_farms integer not null default 5
    constraint source_hole_farms_is_positive check (source_hole_farms > 0),
  add column source_flip_rows integer not null default 5
    constraint source_flip_rows_is_positive check (source_flip_rows > 0),
  add column source_flip_share numeric not null default 0.5
    constraint source_flip_share_is_a_share
      check (source_flip_share > 0 and source_flip_share <= 1),
  add column source_payment_tolerance numeric not null default 0.01
    constraint source_payment_tolerance_is_a_share
      check (source_payment_tolerance >= 0 and source_payment_tolerance <= 1),
  add column source_unequal_share numeric not null default 0.02
    constraint source_unequal_share_is_a_share
      check (source_unequal_share > 0 and source_unequal_share <= 1),
  add column source_repeat_share numeric not null default 0.05
    constraint source_repeat_share_is_a_share
      check (source_repeat_share > 0 and source_repeat_share <= 1),
  add column source_repeat_copies integer not null default 4
    constraint source_repeat_copies_is_positive check (source_repeat_copies > 0),
  add column source_repeat_rows integer not null default 10
    constraint source_repeat_rows_is_positive check (source_repeat_rows > 0),
  add column source_copy_rows integer not null default 10
    constraint source_copy_rows_is_positive check (source_copy_rows > 0),
  add column source_round_mwh numeric not null default 100
    constraint source_round_mwh_is_positive
      check (source_round_mwh > 0 and source_round_mwh < 'Infinity'),
  add column source_round_gbp numeric not null default 10000
    constraint source_round_gbp_is_positive
      check (source_round_gbp > 0 and source_round_gbp < 'Infinity'),
  add column source_capacity_margin numeric not null default 1.05
    constraint source_capacity_margin_is_1_to_10
      check (source_capacity_margin between 1 and 10),
  add column source_shrink_share numeric not null default 0.1
    constraint source_shrink_share_is_a_share
      check (source_shrink_share > 0 and source_shrink_share <= 1),
  add column source_silent_days integer not null default 14
    constraint source_silent_days_is_positive check (source_silent_days > 0),
  add column source_btc_tolerance numeric not null default 0.000001
    constraint source_btc_tolerance_is_a_share
      check (source_btc_tolerance >= 0 and source_btc_tolerance <= 1);

comment on column recon.settings.source_window_days is
  'Days of history that a day of the source is compared with.';
comment on column recon.settings.source_min_days is
  'Days with records that there must be among them before they are used.';
comment on column recon.settings.source_deviations is
  'Robust standard deviations (1.4826 times the median deviation) beyond which a value is odd.';
comment on column recon.settings.source_hole_periods is
  'Half hours without a row, between busy ones, from which on they are missing.';
comment on column recon.settings.source_hole_farms is
  'Farms held down on both sides of a hole that make it one, at least; and half of what is usual.';
comment on column recon.settings.source_flip_rows is
  'Rows of the other sign in a block of periods that are more than a few.';
comment on column recon.settings.source_flip_share is
  'Share of the rows of a period with the other sign that makes it a period of the other sign.';
comment on column recon.settings.source_payment_tolerance is
  'Share by which a payment may differ from volume x price.';
comment on column recon.settings.source_unequal_share is
  'Share of the rows of a day with another payment that is odd.';
comment on column recon.settings.source_repeat_share is
  'Share of the rows of a day that repeat others from which on they were ingested again.';
comment on column recon.settings.source_repeat_copies is
  'How often one row must be there to have been ingested again.';
comment on column recon.settings.source_repeat_rows is
  'Rows of a day that repeat others from which on they were ingested again.';
comment on column recon.settings.source_copy_rows is
  'Rows that a day or period must have for an equal one to be a copy.';
comment on column recon.settings.source_round_mwh is
  'MWh: a day whose energy is a multiple of it is odd.';
comment on column recon.settings.source_round_gbp is
  'GBP: a day whose payments are a multiple of it is odd.';
comment on column recon.settings.source_capacity_margin is
  'Factor by which a farm may exceed its capacity in a half hour.';
comment on column recon.settings.source_shrink_share is
  'Share of its rows that a day may lose in a reload.';
comment on column recon.settings.source_silent_days is
  'Busy days without a row after which a farm that is usually there is silent.';
comment on column recon.settings.source_btc_tolerance is
  'Share by which BTC per MWh may differ from the rate of the day.';
