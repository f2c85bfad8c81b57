-- A farm that bids another price from now on is told once: its next day agrees with the one before.
-- Only what is far from its last day is compared with its history, which is much more to read.
-- Where a quarter of the farms are odd, the day is: recon.outlying_days.
create or replace function recon.outlying_farms(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  leaps as materialized (
    select f.settlement_date, f.farm_id, f.periods, m.measure, m.found
    from recon.source_farms f
    cross join recon.settings s
    left join recon.bm_units b on b.farm_id = f.farm_id
    cross join lateral (
      select l.payment_gbp, l.curtailed_mwh, l.largest_mwh
      from recon.source_farms l
      where l.farm_id = f.farm_id
        and l.settlement_date < f.settlement_date
        and l.curtailed_mwh > 0
      order by l.settlement_date desc
      limit 1
    ) l
    cross join lateral (
      values
        (
          'GBP per MWh',
          f.payment_gbp / f.curtailed_mwh,
          l.payment_gbp / l.curtailed_mwh,
          f.source_rows >= s.source_copy_rows
        ),
        ('MWh in its largest half hour', f.largest_mwh, l.largest_mwh, b.capacity_mw is null)
    ) m (measure, found, last_found, is_judged)
    where f.settlement_date = any (outlying_farms.settlement_dates)
      and f.curtailed_mwh > 0
      and m.is_judged
      and abs(m.found - m.last_found) > 0.1 * s.source_deviations * abs(m.last_found)
  ),
  judged as (
    select
      x.settlement_date,
      x.farm_id,
      x.periods,
      x.measure,
      x.found,
      r.center as usual,
      abs(x.found - r.center) / greatest(r.spread, 0.1 * abs(r.center)) as deviations
    from leaps x
    cross join recon.settings s
    cross join lateral (
      select array_agg(
        case x.measure
          when 'GBP per MWh' then h.payment_gbp / h.curtailed_mwh else h.largest_mwh
        end::double precision
      ) as numbers
      from recon.source_farms h
      where h.farm_id = x.farm_id
        and h.settlement_date >= x.settlement_date - s.source_window_days
        and h.settlement_date < x.settlement_date
        and h.curtailed_mwh > 0
    ) h
    cross join lateral recon.robust_spread(h.numbers) r
    where cardinality(h.numbers) >= s.source_min_days
      and r.center <> 0
      and (x.found > r.center or x.measure = 'GBP per MWh')
  ),
  worst as (
    select distinct on (j.settlement_date, j.farm_id)
      j.settlement_date, j.farm_id, j.periods, j.measure, j.found, j.usual, j.deviations
    from judged j
    cross join recon.settings s
    where j.deviations > s.source_deviations
    order by j.settlement_date, j.farm_id, j.deviations desc
  ),
  counted as (
    select w.settlement_date, count(*) as farms from worst w group by w.settlement_date
  )
  select
    w.settlement_date,
    'outlying_farms',
    w.farm_id,
    w.periods,
    'note',
    format(
      '%s: %s %s; the median of its days before is %s, and this is %s deviations from it',
      w.farm_id,
      round(w.found, 2),
      w.measure,
      round(w.usual::numeric, 2),
      round(w.deviations::numeric, 1)
    ),
    format('compare its rows of %s with where they came from', w.settlement_date)
  from worst w
  join counted c on c.settlement_date = w.settlement_date
  join recon.source_days d on d.settlement_date = w.settlement_date
  where c.farms <= greatest(1, d.farms / 4)
$$;

comment on function recon.outlying_farms(date[]) is
  'Rule: farms whose price, or largest half hour where their capacity is not known, lies more '
  'than settings.source_deviations from the median of their days in settings.source_window_days '
  'before, of which there must be settings.source_min_days, and as many tenths from their last '
  'day.';
