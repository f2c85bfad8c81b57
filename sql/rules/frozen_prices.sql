-- Told once, on the tenth day. A price is payment over volume, to a tenth: payments are rounded. A
-- year and more is read, so that what is told does not hang on which days are judged together.
create or replace function recon.frozen_prices(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  bounds as (
    select
      min(u.settlement_date) as first_date,
      max(u.settlement_date) as last_date
    from unnest(frozen_prices.settlement_dates) u (settlement_date)
  ),
  standing as (
    select distinct f.farm_id
    from recon.source_farms f
    cross join lateral (
      select h.payment_gbp / h.curtailed_mwh as price
      from recon.source_farms h
      where h.farm_id = f.farm_id
        and h.settlement_date < f.settlement_date
        and h.curtailed_mwh >= 5
        and h.payment_gbp > 0
      order by h.settlement_date desc
      limit 1
    ) h
    where f.settlement_date = any (frozen_prices.settlement_dates)
      and f.curtailed_mwh >= 5
      and btrim(f.farm_id) <> ''
      and round(f.payment_gbp / f.curtailed_mwh, 1) = round(h.price, 1)
  ),
  prices as materialized (
    select
      f.settlement_date,
      f.farm_id,
      round(f.payment_gbp / f.curtailed_mwh, 1) as price
    from standing s
    cross join bounds b
    join recon.source_farms f
      on f.farm_id = s.farm_id
      and f.settlement_date >= b.first_date - 400
      and f.settlement_date <= b.last_date
    where f.curtailed_mwh >= 5
      and f.payment_gbp > 0
  ),
  moves as (
    select
      p.settlement_date,
      p.farm_id,
      p.price,
      p.price is distinct from lag(p.price) over w as is_new,
      row_number() over w as n
    from prices p
    window w as (partition by p.farm_id order by p.settlement_date)
  ),
  stretches as (
    select
      m.settlement_date,
      m.farm_id,
      m.price,
      m.n - max(m.n) filter (where m.is_new) over w + 1 as standing,
      max(m.settlement_date) filter (where m.is_new) over w as since,
      count(*) filter (where m.is_new) over (
        partition by m.farm_id order by m.settlement_date rows between 39 preceding and 10 preceding
      ) as moved,
      count(*) over (
        partition by m.farm_id order by m.settlement_date rows between 39 preceding and 10 preceding
      ) as before
    from moves m
    window w as (partition by m.farm_id order by m.settlement_date)
  )
  select
    x.settlement_date,
    'equal_prices',
    x.farm_id,
    null::integer[],
    'warning',
    format(
      'the price of %s has been %s GBP/MWh on each of its days since %s; before that it moved on '
        '%s of %s',
      x.farm_id,
      trim_scale(x.price),
      x.since,
      x.moved,
      x.before
    ),
    format('see whether the prices of %s are still fetched', x.farm_id)
  from stretches x
  where x.settlement_date = any (frozen_prices.settlement_dates)
    and x.standing = 10
    and x.before >= 20
    and x.moved >= 0.8 * x.before
$$;

comment on function recon.frozen_prices(date[]) is
  'Rule: a farm whose price has stood still on ten of its days, that moved on four of five before '
  '(equal_prices).';
