-- Whatever cannot be right (recon.gaps names it invalid_source) has no energy here, and no amount
-- is so large or so small that sums and ratios of it could not be had. What has no period is in
-- period 0.
create or replace view recon.distinct_records as
select
  h.settlement_date,
  h.settlement_period,
  h.farm_id,
  max(case when abs(h.volume) <= 10000 then round(h.volume, 30) end) as volume,
  max(case when abs(h.payment) <= 1e9 then round(h.payment, 30) end) as payment,
  max(case when abs(h.price) <= 1e9 then round(h.price, 30) end) as price,
  h.hash,
  count(*)::integer as copies,
  min(h.lead_party_name) as lead_party_name,
  h.so_flag,
  h.cadl_flag
from (
  select
    r.settlement_date,
    coalesce(r.settlement_period, 0) as settlement_period,
    coalesce(r.farm_id, '') as farm_id,
    r.volume,
    r.payment,
    r.lead_party_name,
    r.so_flag,
    r.cadl_flag,
    coalesce(r.final_price, r.original_price) as price,
    recon.content_hash(
      r.farm_id, r.volume, r.payment, r.original_price, r.final_price, r.so_flag, r.cadl_flag
    ) as hash
  from public.curtailment_records r
) h
group by h.settlement_date, h.settlement_period, h.farm_id, h.hash, h.so_flag, h.cadl_flag;

comment on view recon.distinct_records is
  'The curtailment records, rows that are equal in all columns as one with the number of copies.';
comment on column recon.distinct_records.settlement_date is 'Settlement date (Europe/London).';
comment on column recon.distinct_records.settlement_period is
  'Half hour of the day, from 1; 0 where there is none.';
comment on column recon.distinct_records.farm_id is 'BM unit; empty where there is none.';
comment on column recon.distinct_records.volume is 'MWh; null where it cannot be right.';
comment on column recon.distinct_records.payment is
  'GBP; null where it is no number, or beyond 1e9.';
comment on column recon.distinct_records.price is
  'GBP/MWh, as settled, else as bid; null as for payment.';
comment on column recon.distinct_records.hash is 'recon.content_hash.';
comment on column recon.distinct_records.copies is 'How often the row is there.';
comment on column recon.distinct_records.lead_party_name is 'Who is paid; null where none is.';
comment on column recon.distinct_records.so_flag is 'SO flag, as stored.';
comment on column recon.distinct_records.cadl_flag is 'CADL flag, as stored.';
