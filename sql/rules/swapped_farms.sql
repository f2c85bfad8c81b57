create or replace function recon.swapped_farms(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  leaps as materialized (
    select
      f.settlement_date,
      f.farm_id,
      f.periods,
      f.payment_gbp / f.curtailed_mwh as price,
      l.payment_gbp / l.curtailed_mwh as last_price
    from recon.source_farms f
    cross join lateral (
      select l.payment_gbp, l.curtailed_mwh
      from recon.source_farms l
      where l.farm_id = f.farm_id
        and l.settlement_date < f.settlement_date
        and l.settlement_date >= f.settlement_date - 14
        and l.curtailed_mwh >= 5
      order by l.settlement_date desc
      limit 1
    ) l
    where f.settlement_date = any (swapped_farms.settlement_dates)
      and f.curtailed_mwh >= 5
      and f.payment_gbp > 0
      and l.payment_gbp > 0
      and abs(f.payment_gbp / f.curtailed_mwh / (l.payment_gbp / l.curtailed_mwh) - 1) > 0.1
  )
  select
    a.settlement_date,
    'swapped_farms',
    a.farm_id,
    a.periods,
    'warning',
    format(
      '%s is paid %s GBP/MWh, as %s was before, and %s is paid %s, as %s was',
      a.farm_id,
      round(a.price, 2),
      b.farm_id,
      b.farm_id,
      round(b.price, 2),
      a.farm_id
    ),
    format(
      'compare the rows of %s and %s since %s with where they came from',
      a.farm_id,
      b.farm_id,
      a.settlement_date
    )
  from leaps a
  join leaps b
    on b.settlement_date = a.settlement_date
    and b.farm_id > a.farm_id
    and abs(a.price / b.last_price - 1) < 0.002
    and abs(b.price / a.last_price - 1) < 0.002
$$;

comment on function recon.swapped_farms(date[]) is
  'Rule: two farms of which each has the price that the other had on its last day: the rows of one '
  'are stored under the name of the other.';
