create or replace function recon.source_faults(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  found as materialized (
    -- Periods: what a day should have
    select r.* from recon.impossible_periods(source_faults.settlement_dates) r
    union all
    select r.* from recon.missing_periods(source_faults.settlement_dates) r
    union all
    select r.* from recon.silent_periods(source_faults.settlement_dates) r
    union all
    select r.* from recon.shifted_periods(source_faults.settlement_dates) r
    union all
    select r.* from recon.odd_shares(source_faults.settlement_dates) r
    union all
    select r.* from recon.zero_farms(source_faults.settlement_dates) r
    union all
    -- Signs, prices and units
    select r.* from recon.other_signs(source_faults.settlement_dates) r
    union all
    select r.* from recon.sign_convention(source_faults.settlement_dates) r
    union all
    select r.* from recon.unequal_payments(source_faults.settlement_dates) r
    union all
    select r.* from recon.equal_prices(source_faults.settlement_dates) r
    union all
    select r.* from recon.frozen_prices(source_faults.settlement_dates) r
    union all
    select r.* from recon.wrong_unit(source_faults.settlement_dates) r
    union all
    -- Copies, and what was made to fit
    select r.* from recon.repeated_records(source_faults.settlement_dates) r
    union all
    select r.* from recon.copied_days(source_faults.settlement_dates) r
    union all
    select r.* from recon.copied_periods(source_faults.settlement_dates) r
    union all
    select r.* from recon.similar_days(source_faults.settlement_dates) r
    union all
    select r.* from recon.proportional_periods(source_faults.settlement_dates) r
    union all
    select r.* from recon.plateau(source_faults.settlement_dates) r
    union all
    select r.* from recon.plug_rows(source_faults.settlement_dates) r
    union all
    -- Who is there
    select r.* from recon.unknown_farms(source_faults.settlement_dates) r
    union all
    select r.* from recon.renamed_farms(source_faults.settlement_dates) r
    union all
    select r.* from recon.swapped_farms(source_faults.settlement_dates) r
    union all
    select r.* from recon.missing_farms(source_faults.settlement_dates) r
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
    select r.* from recon.shifted_days(source_faults.settlement_dates) r
    union all
    select r.* from recon.revised_days(source_faults.settlement_dates) r
    union all
    select r.* from recon.silent_farms(source_faults.settlement_dates) r
    union all
    -- Energy beside what others have, and what was derived from it
    select r.* from recon.wrong_totals(source_faults.settlement_dates) r
    union all
    select r.* from recon.drift(source_faults.settlement_dates) r
    union all
    select r.* from recon.uneven_btc(source_faults.settlement_dates) r
  )
  select distinct on (f.settlement_date, f.kind, f.subject)
    f.settlement_date, f.kind, f.subject, f.periods, f.severity, f.evidence, f.next_step
  from found f
  where f.kind not in (
      'coarse_volumes', 'outlying_days', 'outlying_farms', 'plateau', 'unequal_payments'
    )
    or not exists (
      select from found w
      where w.settlement_date = f.settlement_date
        and w.kind = 'wrong_unit'
    )
  order by
    f.settlement_date,
    f.kind,
    f.subject,
    array_position(array['critical', 'warning', 'note'], f.severity),
    f.evidence
$$;

comment on function recon.source_faults(date[]) is
  'What all the rules find in the source of these dates, as recon.read_days has read it. Of a kind '
  'and subject a day has one, the worst; what a wrong unit brings with it is left out.';
