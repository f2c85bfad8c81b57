create or replace function recon.other_signs(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  judged as (
    select
      p.settlement_date,
      p.settlement_period,
      p.source_rows,
      p.curtailed_mwh,
      u.volume_sign,
      u.payment_sign,
      case u.volume_sign when 'negative' then p.positive_rows else p.negative_rows end as volumes,
      case u.payment_sign when 'positive' then p.charged_rows else p.paid_rows end as payments
    from unnest(other_signs.settlement_dates) d (settlement_date)
    cross join lateral recon.usual_signs(d.settlement_date) u
    join recon.source_periods p on p.settlement_date = d.settlement_date
  ),
  flipped as (
    select
      j.settlement_date,
      j.settlement_period,
      j.source_rows,
      j.curtailed_mwh,
      j.volume_sign,
      j.payment_sign,
      j.volumes,
      j.payments,
      j.settlement_period - row_number() over (
        partition by j.settlement_date order by j.settlement_period
      ) as block
    from judged j
    cross join recon.settings s
    where greatest(j.volumes, j.payments) >= j.source_rows * s.source_flip_share
  ),
  blocks as (
    select
      f.settlement_date,
      array_agg(f.settlement_period) as periods,
      sum(f.source_rows) as source_rows,
      sum(f.curtailed_mwh) as curtailed_mwh,
      sum(f.volumes) as volumes,
      sum(f.payments) as payments,
      max(f.volume_sign) as volume_sign,
      max(f.payment_sign) as payment_sign
    from flipped f
    group by f.settlement_date, f.block
    having sum(greatest(f.volumes, f.payments)) >= (select s.source_flip_rows from recon.settings s)
  ),
  days as (
    select
      b.settlement_date,
      array(
        select n
        from blocks o
        cross join lateral unnest(o.periods) n
        where o.settlement_date = b.settlement_date
        order by n
      ) as periods,
      sum(b.source_rows) as source_rows,
      sum(b.curtailed_mwh) as curtailed_mwh,
      sum(b.volumes) as volumes,
      sum(b.payments) as payments,
      max(b.volume_sign) as volume_sign,
      max(b.payment_sign) as payment_sign
    from blocks b
    group by b.settlement_date
  )
  select
    b.settlement_date,
    'other_signs',
    '',
    case when cardinality(b.periods) < 0.9 * p.periods then b.periods end,
    case when b.curtailed_mwh >= 0.05 * d.curtailed_mwh then 'critical' else 'warning' end,
    format(
      'periods %s: of %s rows, %s have a volume and %s a payment of the other sign (usual: %s '
        'volume, %s payment); %s MWh, %s %% of the day',
      recon.period_list(b.periods),
      b.source_rows,
      b.volumes,
      b.payments,
      b.volume_sign,
      b.payment_sign,
      trim_scale(b.curtailed_mwh),
      round(100 * b.curtailed_mwh / nullif(d.curtailed_mwh, 0))
    ),
    format('fetch %s again, then recon-kit load --replace FILE', b.settlement_date)
  from days b
  join recon.source_days d on d.settlement_date = b.settlement_date
  cross join lateral (
    select count(*) as periods
    from recon.source_periods p
    where p.settlement_date = b.settlement_date
  ) p
$$;

comment on function recon.other_signs(date[]) is
  'Rule: a block of periods whose volumes or payments have the other sign than is usual '
  '(recon.usual_signs), settings.source_flip_share of their rows and settings.source_flip_rows in '
  'all. A few such rows are normal.';
