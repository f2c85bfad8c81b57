-- Whatever cannot be right (recon.gaps names it invalid_source) has no energy here.
create or replace view recon.distinct_records as
select
  h.settlement_date,
  h.settlement_period,
  h.farm_id,
  max(case when abs(h.volume) <= 10000 then h.volume end) as volume,
  max(case when abs(h.payment) < 'Infinity' then h.payment end) as payment,
  max(h.price) as price,
  h.hash,
  count(*)::integer as copies
from (
  select
    r.settlement_date,
    r.settlement_period,
    r.farm_id,
    r.volume,
    r.payment,
    coalesce(r.final_price, r.original_price) as price,
    recon.content_hash(
      r.farm_id, r.volume, r.payment, r.original_price, r.final_price, r.so_flag, r.cadl_flag
    ) as hash
  from public.curtailment_records r
) h
group by h.settlement_date, h.settlement_period, h.farm_id, h.hash;

comment on view recon.distinct_records is
  'The curtailment records, rows that are equal in all columns as one with the number of copies.';
comment on column recon.distinct_records.settlement_date is 'Settlement date (Europe/London).';
comment on column recon.distinct_records.settlement_period is 'Half hour of the day, from 1.';
comment on column recon.distinct_records.farm_id is 'BM unit.';
comment on column recon.distinct_records.volume is 'MWh; null where it cannot be right.';
comment on column recon.distinct_records.payment is 'GBP; null where it is no number.';
comment on column recon.distinct_records.price is 'GBP/MWh, as settled, else as bid.';
comment on column recon.distinct_records.hash is 'recon.content_hash.';
comment on column recon.distinct_records.copies is 'How often the row is there.';
