-- Whatever cannot be right (recon.gaps names it invalid_source) has no energy here, and no amount
-- is so large or so small that sums and ratios of it could not be had. What has no period is in
-- period 0.
create or replace view recon.inspected_records as
select
  h.settlement_date,
  h.settlement_period,
  h.farm_id,
  recon.plain_amount(h.volume, recon.largest_volume()) as volume,
  recon.plain_amount(h.payment, 1e9) as payment,
  recon.plain_amount(h.price, 1e9) as price,
  h.hash,
  row_number() over (
    partition by h.settlement_date, h.settlement_period, h.farm_id, h.hash
  ) as copy_no,
  h.lead_party_name,
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
) h;

comment on view recon.inspected_records is
  'The curtailment records as the rules of the source see them.';
comment on column recon.inspected_records.settlement_date is 'Settlement date (Europe/London).';
comment on column recon.inspected_records.settlement_period is
  'Half hour of the day, from 1; 0 where there is none.';
comment on column recon.inspected_records.farm_id is 'BM unit; empty where there is none.';
comment on column recon.inspected_records.volume is 'MWh; null where it cannot be right.';
comment on column recon.inspected_records.payment is
  'GBP; null where it is no number, or beyond 1e9.';
comment on column recon.inspected_records.price is
  'GBP/MWh, as settled, else as bid; null as for payment.';
comment on column recon.inspected_records.hash is 'recon.content_hash.';
comment on column recon.inspected_records.copy_no is
  '1, and from 2 on for rows that are equal in all columns to one in the same half hour.';
comment on column recon.inspected_records.lead_party_name is 'Who is paid; null where none is.';
comment on column recon.inspected_records.so_flag is 'SO flag, as stored.';
comment on column recon.inspected_records.cadl_flag is 'CADL flag, as stored.';
