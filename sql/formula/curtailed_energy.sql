-- What is no amount of energy at all counts as NaN, so that no sum overflows; NaN fails the
-- comparison as an absurd sum does, because it sorts last. With up to 30 decimals a value is exact
-- in its last digit: recon.mining_rates has the proof.
create or replace view recon.curtailed_energy as
select
  r.settlement_date,
  r.settlement_period,
  r.farm_id,
  count(*)::integer as source_rows,
  trim_scale(sum(v.mwh)) as curtailed_mwh,
  coalesce(
    count(*) = count(r.volume)
      and sum(v.mwh) <= recon.largest_volume()
      and (scale(sum(v.mwh)) <= 30 or scale(trim_scale(sum(v.mwh))) <= 30)
      and r.settlement_period >= 1
      and (
        r.settlement_period <= 46
        or r.settlement_period <= recon.settlement_periods_in_day(r.settlement_date)
      )
      and btrim(r.farm_id) <> ''
      and recon.has_day(r.settlement_date),
    false
  ) as is_valid,
  sum(recon.record_hash(r.settlement_period, r.farm_id, r.volume)) as fingerprint
from public.curtailment_records r
cross join lateral (
  select case when r.volume between -1e15 and 1e15 then abs(r.volume) else 'NaN' end as mwh
) v
group by r.settlement_date, r.settlement_period, r.farm_id;

comment on view recon.curtailed_energy is
  'Energy of each date, period and farm: the sum of the magnitudes of its source rows.';
comment on column recon.curtailed_energy.settlement_date is 'Settlement date (Europe/London).';
comment on column recon.curtailed_energy.settlement_period is 'Half hour of the day, from 1.';
comment on column recon.curtailed_energy.farm_id is 'BM unit.';
comment on column recon.curtailed_energy.source_rows is 'Rows in curtailment_records.';
comment on column recon.curtailed_energy.curtailed_mwh is
  'MWh; NaN where a volume is, or is absent or beyond 1e15.';
comment on column recon.curtailed_energy.is_valid is
  'False where the source cannot be right: a date outside the calendar, a period that is absent or '
  'that the day does not have, no farm, a volume that is absent, not a number, beyond 10,000 MWh '
  'or of more than 30 decimals.';
comment on column recon.curtailed_energy.fingerprint is 'Sum of the hashes of its source rows.';
