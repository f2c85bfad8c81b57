-- A price is payment over volume, to a tenth, where that is worth it: payments are rounded.
create or replace function recon.equal_prices(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  prices as (
    select f.settlement_date, round(f.payment_gbp / f.curtailed_mwh, 1) as price, count(*) as farms
    from recon.source_farms f
    where f.settlement_date = any (equal_prices.settlement_dates)
      and f.curtailed_mwh >= 5
      and f.payment_gbp > 0
    group by f.settlement_date, round(f.payment_gbp / f.curtailed_mwh, 1)
  ),
  alike as (
    select distinct on (p.settlement_date)
      p.settlement_date,
      p.price,
      p.farms,
      sum(p.farms) over (partition by p.settlement_date) as priced_farms
    from prices p
    order by p.settlement_date, p.farms desc, p.price
  )
  select
    a.settlement_date,
    'equal_prices',
    '',
    null::integer[],
    'warning',
    format(
      '%s of %s farms have the same price, %s GBP/MWh', a.farms, a.priced_farms, trim_scale(a.price)
    ),
    format('compare the prices of %s with where they came from', a.settlement_date)
  from alike a
  where a.settlement_date = any (equal_prices.settlement_dates)
    and a.priced_farms >= 10
    and a.farms > 0.5 * a.priced_farms
$$;

comment on function recon.equal_prices(date[]) is
  'Rule: days on which more than half of ten farms or more have one price.';
