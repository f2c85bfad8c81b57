-- Each day is read by itself (offset 0), so that what is sorted fits into memory at any size.
create or replace function recon.store_content(settlement_dates date[])
returns void
language sql volatile
as $$
  insert into recon.source_farms (
    settlement_date,
    farm_id,
    source_rows,
    periods,
    curtailed_mwh,
    payment_gbp,
    largest_mwh,
    lead_party_name,
    largest_row_mwh
  )
  select
    f.settlement_date,
    f.farm_id,
    f.source_rows,
    f.periods,
    f.curtailed_mwh,
    f.payment_gbp,
    f.largest_mwh,
    f.lead_party_name,
    f.largest_row_mwh
  from unnest(store_content.settlement_dates) u (settlement_date)
  cross join lateral (
    select f.* from recon.farm_content f where f.settlement_date = u.settlement_date offset 0
  ) f;

  insert into recon.source_periods (
    settlement_date,
    settlement_period,
    source_rows,
    repeated_rows,
    most_copies,
    farms,
    curtailed_mwh,
    net_mwh,
    payment_gbp,
    positive_rows,
    negative_rows,
    paid_rows,
    charged_rows,
    priced_rows,
    unequal_rows,
    unequal_gbp,
    fine_rows,
    fingerprint,
    zero_rows,
    so_rows,
    cadl_rows,
    repeated_fine_rows,
    farm_set
  )
  select
    p.settlement_date,
    p.settlement_period,
    p.source_rows,
    p.repeated_rows,
    p.most_copies,
    p.farms,
    p.curtailed_mwh,
    p.net_mwh,
    p.payment_gbp,
    p.positive_rows,
    p.negative_rows,
    p.paid_rows,
    p.charged_rows,
    p.priced_rows,
    p.unequal_rows,
    p.unequal_gbp,
    p.fine_rows,
    p.fingerprint,
    p.zero_rows,
    p.so_rows,
    p.cadl_rows,
    p.repeated_fine_rows,
    f.farm_set
  from unnest(store_content.settlement_dates) u (settlement_date)
  cross join lateral (
    select p.* from recon.period_content p where p.settlement_date = u.settlement_date offset 0
  ) p
  join (
    select
      f.settlement_date,
      n.settlement_period,
      sum(hashtextextended(f.farm_id, bigint '0')) as farm_set
    from recon.source_farms f
    cross join lateral unnest(f.periods) n (settlement_period)
    where f.settlement_date = any (store_content.settlement_dates)
    group by f.settlement_date, n.settlement_period
  ) f on (f.settlement_date, f.settlement_period) = (p.settlement_date, p.settlement_period)
$$;

comment on function recon.store_content(date[]) is
  'Stores what the source holds of the farms and periods of these dates, of which nothing is '
  'stored.';
