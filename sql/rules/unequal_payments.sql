create or replace function recon.unequal_payments(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  judged as (
    select d.settlement_date, d.unequal_rows, d.priced_rows, d.payment_gbp
    from recon.source_days d
    cross join recon.settings s
    where d.settlement_date = any (unequal_payments.settlement_dates)
      and d.unequal_rows > greatest(2, d.priced_rows * s.source_unequal_share)
      and d.unequal_rows > 2 * (
        select coalesce(
          percentile_cont(0.5) within group (order by 1.0 * h.unequal_rows / h.priced_rows), 0
        )
        from recon.source_days h
        where h.settlement_date >= d.settlement_date - s.source_window_days
          and h.settlement_date < d.settlement_date
          and h.priced_rows > 0
      ) * d.priced_rows
  )
  select
    j.settlement_date,
    'unequal_payments',
    '',
    case when count(*) < max(n.periods) then
      array_agg(p.settlement_period order by p.settlement_period)
    end,
    case when abs(sum(p.unequal_gbp)) >= 0.05 * abs(j.payment_gbp) then 'critical' else 'warning'
    end,
    format(
      'in %s of %s rows the payment is not volume x price, by %s GBP in all; the day has %s GBP',
      j.unequal_rows,
      j.priced_rows,
      round(sum(p.unequal_gbp), 2),
      round(j.payment_gbp, 2)
    ),
    format('fetch %s again, then recon-kit load --replace FILE', j.settlement_date)
  from judged j
  join recon.source_periods p
    on p.settlement_date = j.settlement_date
    and p.unequal_rows > 0
  cross join lateral (
    select count(*) as periods
    from recon.source_periods a
    where a.settlement_date = j.settlement_date
  ) n
  group by j.settlement_date, j.unequal_rows, j.priced_rows, j.payment_gbp
$$;

comment on function recon.unequal_payments(date[]) is
  'Rule: rows whose payment is not volume x price, in magnitude and within '
  'settings.source_payment_tolerance: more than settings.source_unequal_share of the rows of a '
  'day, and twice as many as is usual.';
