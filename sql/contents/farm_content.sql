create or replace view recon.farm_content as
select
  c.settlement_date,
  c.farm_id,
  sum(c.source_rows)::integer as source_rows,
  array_agg(c.settlement_period order by c.settlement_period) as periods,
  sum(c.curtailed_mwh) as curtailed_mwh,
  sum(c.payment_gbp) as payment_gbp,
  max(c.half_hour_mwh) as largest_mwh,
  min(c.lead_party_name) as lead_party_name,
  max(c.largest_row_mwh) as largest_row_mwh
from (
  select
    r.settlement_date,
    r.settlement_period,
    r.farm_id,
    count(*) as source_rows,
    coalesce(sum(abs(r.volume)), 0) as curtailed_mwh,
    coalesce(sum(abs(r.payment)), 0) as payment_gbp,
    coalesce(sum(abs(r.volume)) filter (where r.copy_no = 1), 0) as half_hour_mwh,
    min(r.lead_party_name) as lead_party_name,
    coalesce(max(abs(r.volume)), 0) as largest_row_mwh
  from recon.inspected_records r
  group by r.settlement_date, r.settlement_period, r.farm_id
) c
group by c.settlement_date, c.farm_id;

comment on view recon.farm_content is 'What the source holds of each date and farm.';
comment on column recon.farm_content.settlement_date is 'Settlement date (Europe/London).';
comment on column recon.farm_content.farm_id is 'BM unit.';
comment on column recon.farm_content.source_rows is 'Rows in curtailment_records.';
comment on column recon.farm_content.periods is 'Half hours with a row.';
comment on column recon.farm_content.curtailed_mwh is 'MWh: magnitudes summed.';
comment on column recon.farm_content.payment_gbp is 'GBP: magnitudes summed.';
comment on column recon.farm_content.largest_mwh is
  'MWh in its largest half hour, repeated rows left out.';
comment on column recon.farm_content.lead_party_name is
  'Who is paid; null where no row says it.';
comment on column recon.farm_content.largest_row_mwh is 'MWh of its largest row.';
