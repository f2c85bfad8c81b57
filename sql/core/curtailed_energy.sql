-- A sum that is NaN or infinite fails the comparison as an absurd one does: NaN sorts last.
-- 10,000 MWh in a half hour is 20 GW, more than all the wind farms of Great Britain.
create or replace view recon.curtailed_energy as
select
  r.settlement_date,
  r.settlement_period,
  r.farm_id,
  count(*)::integer as source_rows,
  sum(abs(r.volume)) as curtailed_mwh,
  count(*) = count(r.volume)
    and sum(abs(r.volume)) <= 10000
    and r.settlement_period >= 1
    and (
      r.settlement_period <= 46
      or r.settlement_period <= recon.settlement_periods_in_day(r.settlement_date)
    ) as is_valid,
  sum(recon.record_hash(r.settlement_period, r.farm_id, r.volume)) as fingerprint
from public.curtailment_records r
group by r.settlement_date, r.settlement_period, r.farm_id;

comment on view recon.curtailed_energy is
  'Energy of each date, period and farm: the sum of the magnitudes of its source rows.';
comment on column recon.curtailed_energy.settlement_date is 'Settlement date (Europe/London).';
comment on column recon.curtailed_energy.settlement_period is 'Half hour of the day, from 1.';
comment on column recon.curtailed_energy.farm_id is 'BM unit.';
comment on column recon.curtailed_energy.source_rows is 'Rows in curtailment_records.';
comment on column recon.curtailed_energy.curtailed_mwh is 'MWh; NaN where a volume is.';
comment on column recon.curtailed_energy.is_valid is
  'False where the source cannot be right: a period that the day does not have, a volume that is '
  'absent, not a number, or beyond 10,000 MWh.';
comment on column recon.curtailed_energy.fingerprint is 'Sum of the hashes of its source rows.';
