create or replace function recon.store_content(settlement_dates date[])
returns void
language sql volatile
as $$
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
    fingerprint
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
    p.fingerprint
  from recon.period_content p
  where p.settlement_date = any (store_content.settlement_dates);

  insert into recon.source_farms (
    settlement_date, farm_id, source_rows, periods, curtailed_mwh, payment_gbp, largest_mwh
  )
  select
    f.settlement_date,
    f.farm_id,
    f.source_rows,
    f.periods,
    f.curtailed_mwh,
    f.payment_gbp,
    f.largest_mwh
  from recon.farm_content f
  where f.settlement_date = any (store_content.settlement_dates)
$$;

comment on function recon.store_content(date[]) is
  'Stores what the source holds of the periods and farms of these dates, of which nothing is '
  'stored.';
