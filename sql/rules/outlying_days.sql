-- Energy and rows of quiet days and storms differ by factors, so they are compared as logarithms;
-- a calm day is no incident. The price of a day is that of its farms, so it takes many of them.
create or replace function recon.outlying_days(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  bounds as (
    select min(u.settlement_date) as first_date, max(u.settlement_date) as last_date
    from unnest(outlying_days.settlement_dates) u (settlement_date)
  ),
  measures as (
    select
      d.settlement_date,
      m.measure,
      m.is_factor,
      m.number,
      array_agg(m.number) over (
        partition by m.measure
        order by d.settlement_date
        range between (
          select make_interval(days => s.source_window_days) from recon.settings s
        ) preceding and interval '1 day' preceding
      ) as numbers_before
    from bounds b
    cross join recon.settings s
    join recon.source_days d
      on d.settlement_date >= b.first_date - s.source_window_days
      and d.settlement_date <= b.last_date
    cross join lateral (
      values
        ('MWh', true, ln(nullif(d.curtailed_mwh, 0))),
        ('rows', true, ln(nullif(d.source_rows - d.repeated_rows, 0))),
        (
          'rows per period and farm',
          false,
          1.0 * (d.source_rows - d.repeated_rows) / nullif(d.cells, 0)
        ),
        ('GBP per MWh', false, d.payment_gbp / nullif(d.curtailed_mwh, 0))
    ) m (measure, is_factor, number)
    where m.number is not null
      and d.cells >= case when m.is_factor then 1 else 10 end * s.source_copy_rows
  ),
  judged as (
    select
      m.settlement_date,
      m.measure,
      case when m.is_factor then exp(m.number) else m.number end as found,
      case when m.is_factor then exp(r.center) else r.center end as usual,
      case
        when m.is_factor then m.number - r.center
        else abs(m.number - r.center)
      end / greatest(r.spread, 0.1 * case when m.is_factor then 1 else abs(r.center) end)
        as deviations
    from measures m
    cross join recon.settings s
    cross join lateral recon.robust_spread(m.numbers_before) r
    where m.settlement_date = any (outlying_days.settlement_dates)
      and cardinality(m.numbers_before) >= s.source_min_days
      and r.center <> 0
  )
  select
    j.settlement_date,
    'outlying_days',
    j.measure,
    null::integer[],
    'warning',
    format(
      '%s %s; the median of the days before is %s, and this is %s deviations from it',
      round(j.found::numeric, 2),
      j.measure,
      round(j.usual::numeric, 2),
      round(j.deviations::numeric, 1)
    ),
    format('compare %s with where it came from', j.settlement_date)
  from judged j
  cross join recon.settings s
  where j.deviations > s.source_deviations
$$;

comment on function recon.outlying_days(date[]) is
  'Rule: days whose energy, rows, rows per period and farm, or price lie more than '
  'settings.source_deviations from the median of the days with rows in settings.source_window_days '
  'before, of which there must be settings.source_min_days. Little energy and few rows are calm.';
