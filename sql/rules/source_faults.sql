create or replace function recon.source_faults(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  -- Periods: what a day should have
  select r.* from recon.impossible_periods(source_faults.settlement_dates) r
  union all
  select r.* from recon.missing_periods(source_faults.settlement_dates) r
  union all
  select r.* from recon.silent_periods(source_faults.settlement_dates) r
  union all
  -- Signs and prices
  select r.* from recon.other_signs(source_faults.settlement_dates) r
  union all
  select r.* from recon.unequal_payments(source_faults.settlement_dates) r
  union all
  -- Copies, and what was made to fit
  select r.* from recon.repeated_records(source_faults.settlement_dates) r
  union all
  select r.* from recon.copied_days(source_faults.settlement_dates) r
  union all
  select r.* from recon.copied_periods(source_faults.settlement_dates) r
  union all
  select r.* from recon.plug_rows(source_faults.settlement_dates) r
  union all
  -- Strangers
  select r.* from recon.unknown_farms(source_faults.settlement_dates) r
  union all
  select r.* from recon.beyond_capacity(source_faults.settlement_dates) r
  union all
  -- What is unlike the days before
  select r.* from recon.outlying_days(source_faults.settlement_dates) r
  union all
  select r.* from recon.outlying_farms(source_faults.settlement_dates) r
  union all
  select r.* from recon.shrunken_days(source_faults.settlement_dates) r
  union all
  select r.* from recon.silent_farms(source_faults.settlement_dates) r
  union all
  -- Energy beside what was derived from it
  select r.* from recon.uneven_btc(source_faults.settlement_dates) r
$$;

comment on function recon.source_faults(date[]) is
  'What all the rules find in the source of these dates, as recon.read_days has read it.';
