-- depends: 0007.chain
-- Files on their way into the source, and whether the source itself is right: who is in the
-- register, what was seen of the records, what is odd about them.

create table recon.loads (
  load_id bigint generated always as identity,
  file_name text not null,
  sha256 text not null,
  loaded_rows bigint,
  skipped_rows bigint,
  loaded_at timestamptz not null,
  loaded_by text not null default session_user,
  unloaded_at timestamptz,
  unloaded_by text,
  constraint loads_pkey primary key (load_id),
  constraint file_is_loaded_once unique nulls not distinct (sha256, unloaded_at)
);

comment on table recon.loads is 'A row per file of records that was loaded.';
comment on column recon.loads.load_id is 'Number of the load.';
comment on column recon.loads.file_name is 'Name of the file.';
comment on column recon.loads.sha256 is 'Hash of its content.';
comment on column recon.loads.loaded_rows is 'Rows that went into curtailment_records.';
comment on column recon.loads.skipped_rows is 'Bad lines that were left out.';
comment on column recon.loads.loaded_at is 'When.';
comment on column recon.loads.loaded_by is 'The role that loaded it.';
comment on column recon.loads.unloaded_at is
  'When its rows were taken away again; null while they were not.';
comment on column recon.loads.unloaded_by is 'The role that took them away.';

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

create table recon.source_totals (
  settlement_date date not null,
  curtailed_mwh numeric not null,
  loaded_at timestamptz not null default now(),
  constraint source_totals_pkey primary key (settlement_date),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01'),
  constraint curtailed_mwh_is_finite_and_not_negative
    check (curtailed_mwh >= 0 and curtailed_mwh < 'Infinity')
);

comment on table recon.source_totals is
  'The energy of days as somebody else publishes it, beside which the records are looked at.';
comment on column recon.source_totals.settlement_date is 'Settlement date (Europe/London).';
comment on column recon.source_totals.curtailed_mwh is 'MWh curtailed on the day.';
comment on column recon.source_totals.loaded_at is 'When this row was last written.';

create unlogged table recon.staged_totals (
  line_no bigint not null,
  settlement_date text,
  curtailed_mwh text,
  fault text
);

comment on table recon.staged_totals is
  'Lines of a file of totals as they were read; empty but within the transaction that loads it.';
comment on column recon.staged_totals.line_no is 'Line of the file, from 1.';
comment on column recon.staged_totals.settlement_date is 'Text as read.';
comment on column recon.staged_totals.curtailed_mwh is 'Text as read.';
comment on column recon.staged_totals.fault is
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
  holes integer,
  zero_rows integer,
  so_rows integer,
  cadl_rows integer,
  repeated_fine_rows integer,
  revised_from_mwh numeric,
  fingerprint_before numeric,
  constraint source_days_pkey primary key (settlement_date),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01')
);

create index source_days_by_fingerprint on recon.source_days (fingerprint);
create index source_days_by_fingerprint_before on recon.source_days (fingerprint_before);

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
comment on column recon.source_days.holes is
  'Half hours in which a farm has no row, and has one in the half hours before and after.';
comment on column recon.source_days.zero_rows is 'Rows with a volume of 0.';
comment on column recon.source_days.so_rows is 'Rows with the SO flag; null = not read yet.';
comment on column recon.source_days.cadl_rows is 'Rows with the CADL flag.';
comment on column recon.source_days.repeated_fine_rows is
  'Those of repeated_rows whose volume is no multiple of 0.1 MWh: they are not alike by chance.';
comment on column recon.source_days.revised_from_mwh is
  'MWh before the last change, where that left farms and half hours as they were; null elsewhere.';
comment on column recon.source_days.fingerprint_before is 'The fingerprint before the last change.';

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
  zero_rows integer,
  so_rows integer,
  cadl_rows integer,
  repeated_fine_rows integer,
  farm_set numeric,
  constraint source_periods_pkey primary key (settlement_date, settlement_period),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01')
);

create index source_periods_by_fingerprint on recon.source_periods (fingerprint);
create index source_periods_by_farm_set on recon.source_periods (farm_set);

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
comment on column recon.source_periods.zero_rows is 'Rows with a volume of 0.';
comment on column recon.source_periods.so_rows is 'As in recon.source_days.';
comment on column recon.source_periods.cadl_rows is 'As in recon.source_days.';
comment on column recon.source_periods.repeated_fine_rows is 'As in recon.source_days.';
comment on column recon.source_periods.farm_set is
  'Sum of the hashes of its farms: equal where the same farms have a row.';

create table recon.source_farms (
  settlement_date date not null,
  farm_id text not null,
  source_rows integer not null,
  periods integer[] not null,
  curtailed_mwh numeric not null,
  payment_gbp numeric not null,
  largest_mwh numeric not null,
  lead_party_name text,
  largest_row_mwh numeric,
  constraint source_farms_pkey primary key (settlement_date, farm_id),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01')
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
comment on column recon.source_farms.lead_party_name is 'Who is paid; null where no row says it.';
comment on column recon.source_farms.largest_row_mwh is 'MWh of its largest row.';

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

create table recon.source_faulty_days (
  settlement_date date not null,
  kind text not null,
  subject text not null,
  periods integer[],
  severity text not null,
  evidence text not null,
  next_step text not null,
  constraint source_faulty_days_pkey primary key (kind, subject, settlement_date),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01')
);

create index source_faulty_days_by_date on recon.source_faulty_days (settlement_date);

comment on table recon.source_faulty_days is
  'What the rules found when they last judged each day. recon.source_findings has it by cause.';
comment on column recon.source_faulty_days.settlement_date is 'Settlement date.';
comment on column recon.source_faulty_days.kind is 'The rule that found it.';
comment on column recon.source_faulty_days.subject is 'As in recon.source_findings.';
comment on column recon.source_faulty_days.periods is 'Half hours concerned; null = the day.';
comment on column recon.source_faulty_days.severity is 'critical, warning or note.';
comment on column recon.source_faulty_days.evidence is 'What was found, in numbers.';
comment on column recon.source_faulty_days.next_step is 'What to do about it.';

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
  last_date date,
  faulty_days integer not null default 1,
  constraint source_findings_pkey primary key (settlement_date, kind, subject),
  constraint severity_is_known check (severity in ('critical', 'warning', 'note')),
  constraint acknowledgement_has_name_and_reason
    check (num_nulls(acknowledged_at, acknowledged_by, reason) in (0, 3)),
  constraint cleared_is_not_acknowledged check (cleared_at is null or acknowledged_at is null),
  constraint settlement_date_is_2009_to_2100
    check (settlement_date between '2009-01-03' and '2100-01-01'),
  constraint last_date_is_not_before
    check (last_date >= settlement_date),
  constraint last_date_is_2009_to_2100
    check (last_date between '2009-01-03' and '2100-01-01'),
  constraint faulty_days_is_positive check (faulty_days > 0)
);

create index source_findings_not_cleared on recon.source_findings (settlement_date)
where cleared_at is null;

comment on table recon.source_findings is
  'What was found in the source, kept: open until it is no longer found or a person acknowledges '
  'it. An acknowledgement holds as long as the evidence stays as it is.';
comment on column recon.source_findings.settlement_date is
  'Settlement date; of what goes on for days, the first.';
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
comment on column recon.source_findings.last_date is
  'The last date of what goes on for days; null = it is found on one.';
comment on column recon.source_findings.faulty_days is 'On how many days it is found.';
