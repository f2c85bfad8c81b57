-- Prices are alike from day to day, so a factor in them is exact; which of energy and payment has
-- it shows in the energy of a half hour, which is not exact.
create or replace function recon.wrong_unit(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  odd as materialized (
    select d.settlement_date, s.source_window_days, d.unequal_rows, d.priced_rows
    from recon.source_days d
    cross join recon.settings s
    cross join lateral (
      select
        percentile_cont(0.5) within group (
          order by abs(h.payment_gbp) / nullif(h.curtailed_mwh, 0)
        )::numeric as price,
        percentile_cont(0.5) within group (order by h.curtailed_mwh / h.cells)::numeric as cell_mwh,
        count(*) as days
      from recon.source_days h
      where h.settlement_date >= d.settlement_date - s.source_window_days
        and h.settlement_date < d.settlement_date
        and h.cells >= 5 * s.source_copy_rows
        and h.curtailed_mwh >= 1
    ) h
    where d.settlement_date = any (wrong_unit.settlement_dates)
      and d.cells >= 5 * s.source_copy_rows
      and d.curtailed_mwh >= 1
      and h.days >= 7
      and (
        abs(d.payment_gbp) / d.curtailed_mwh not between 0.6 * h.price and 1.6 * h.price
        or d.curtailed_mwh / d.cells not between 0.05 * h.cell_mwh and 20 * h.cell_mwh
      )
  ),
  farms as (
    select
      o.settlement_date,
      f.farm_id,
      f.payment_gbp / f.curtailed_mwh / nullif(h.price, 0) as price_factor,
      f.curtailed_mwh / cardinality(f.periods) / nullif(h.cell_mwh, 0) as energy_factor
    from odd o
    join recon.source_farms f
      on f.settlement_date = o.settlement_date
      and f.curtailed_mwh >= 0.01
    cross join lateral (
      select
        percentile_cont(0.5) within group (
          order by l.payment_gbp / l.curtailed_mwh
        )::numeric as price,
        percentile_cont(0.5) within group (
          order by l.curtailed_mwh / cardinality(l.periods)
        )::numeric as cell_mwh
      from recon.source_farms l
      where l.farm_id = f.farm_id
        and l.settlement_date >= o.settlement_date - o.source_window_days
        and l.settlement_date < o.settlement_date
        and l.curtailed_mwh >= 0.01
    ) h
  ),
  medians as (
    select
      f.settlement_date,
      count(*) as farms,
      percentile_cont(0.5) within group (order by f.price_factor)::numeric as price_factor,
      percentile_cont(0.5) within group (order by f.energy_factor)::numeric as energy_factor
    from farms f
    group by f.settlement_date
    having count(*) >= 8
  ),
  snapped as (
    select
      m.settlement_date,
      m.farms,
      p.factor as price_factor,
      e.factor as energy_factor,
      (
        select count(*)
        from farms f
        where f.settlement_date = m.settlement_date
          and f.price_factor between 0.8 * p.factor and 1.25 * p.factor
      ) as alike
    from medians m
    left join lateral (
      select v.factor
      from (values (0.001), (0.01), (0.5), (2), (100), (1000)) v (factor)
      where m.price_factor between 0.8 * v.factor and 1.25 * v.factor
    ) p on true
    left join lateral (
      select v.factor
      from (values (0.001), (0.01), (100), (1000)) v (factor)
      where m.energy_factor between 0.32 * v.factor and 3.1 * v.factor
    ) e on true
  )
  select
    x.settlement_date,
    'wrong_unit',
    v.measure,
    null::integer[],
    'critical',
    format(
      'the %s of most of %s farms are %s times what they were on the days before%s',
      v.measure,
      x.farms,
      trim_scale(v.factor),
      case
        when v.measure <> 'payments' and v.factor = 2 then ': MW, and not MWh?'
        when v.measure <> 'payments' and v.factor = 1000 then ': kWh, and not MWh?'
        when v.measure = 'payments' and v.factor = 100 then ': pence, and not pounds?'
      end
    ),
    format('see in which unit they are fetched, and fetch %s again', x.settlement_date)
  from snapped x
  join odd o on o.settlement_date = x.settlement_date
  cross join lateral (
    select
      case
        when x.price_factor is null then 'volumes and payments'
        when x.energy_factor * x.price_factor = 1 or x.price_factor < 1 and x.energy_factor > 1
          then 'volumes'
        when x.price_factor = 0.5 then 'volumes'
        else 'payments'
      end as measure
  ) w
  cross join lateral (
    select
      w.measure,
      case w.measure
        when 'payments' then x.price_factor
        when 'volumes' then round(1 / x.price_factor, 3)
        else x.energy_factor
      end as factor
  ) v
  where (x.price_factor is not null and x.alike >= 0.6 * x.farms or x.energy_factor is not null)
    and not (w.measure = 'payments' and o.unequal_rows > 0.5 * o.priced_rows)
$$;

comment on function recon.wrong_unit(date[]) is
  'Rule: days on which the prices, or the energy, of most farms are a power of ten or a half of '
  'what they were in settings.source_window_days before. Payments that are not volume x price '
  'besides are told as unequal_payments.';
