-- depends: 0027.ignored-writes
-- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation
-- squawk-ignore-file ban-drop-function
-- Only inspections write to these tables, and they are small.
-- What more the rules of the source are about: holes in what farms do, flags, who is paid, which
-- farms share a half hour, what a day held before it changed. And an issue can go on for days.

alter table recon.source_days
  add column holes integer,
  add column zero_rows integer,
  add column so_rows integer,
  add column cadl_rows integer,
  add column repeated_fine_rows integer,
  add column revised_from_mwh numeric,
  add column fingerprint_before numeric;

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

create index source_days_by_fingerprint_before on recon.source_days (fingerprint_before);

alter table recon.source_periods
  add column zero_rows integer,
  add column so_rows integer,
  add column cadl_rows integer,
  add column repeated_fine_rows integer,
  add column farm_set numeric;

comment on column recon.source_periods.zero_rows is 'Rows with a volume of 0.';
comment on column recon.source_periods.so_rows is 'As in recon.source_days.';
comment on column recon.source_periods.cadl_rows is 'As in recon.source_days.';
comment on column recon.source_periods.repeated_fine_rows is 'As in recon.source_days.';
comment on column recon.source_periods.farm_set is
  'Sum of the hashes of its farms: equal where the same farms have a row.';

create index source_periods_by_farm_set on recon.source_periods (farm_set);

alter table recon.source_farms
  add column lead_party_name text,
  add column largest_row_mwh numeric;

comment on column recon.source_farms.lead_party_name is 'Who is paid; null where no row says it.';
comment on column recon.source_farms.largest_row_mwh is 'MWh of its largest row.';

alter table recon.source_findings
  add column last_date date,
  add column faulty_days integer not null default 1,
  add constraint last_date_is_not_before
    check (last_date >= settlement_date) not valid,
  add constraint last_date_is_2009_to_2100
    check (last_date between '2009-01-03' and '2100-01-01') not valid,
  add constraint faulty_days_is_positive check (faulty_days > 0) not valid;

alter table recon.source_findings validate constraint last_date_is_not_before;
alter table recon.source_findings validate constraint last_date_is_2009_to_2100;
alter table recon.source_findings validate constraint faulty_days_is_positive;

comment on column recon.source_findings.settlement_date is
  'Settlement date; of what goes on for days, the first.';
comment on column recon.source_findings.last_date is
  'The last date of what goes on for days; null = it is found on one.';
comment on column recon.source_findings.faulty_days is 'On how many days it is found.';

alter table recon.settings alter column source_hole_periods set default 1;
update recon.settings set source_hole_periods = 1 where source_hole_periods = 2;

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

-- A load can take the place of what is stored.
drop function if exists recon.accept_load(bigint);
