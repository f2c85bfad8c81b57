create or replace function recon.copied_periods(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  copies as (
    select
      p.settlement_date,
      p.settlement_period,
      p.source_rows,
      p.curtailed_mwh,
      o.settlement_date as other_date,
      o.settlement_period as other_period
    from recon.source_periods p
    join recon.source_days d on d.settlement_date = p.settlement_date
    cross join recon.settings s
    cross join lateral (
      select e.settlement_date, e.settlement_period
      from recon.source_periods e
      join recon.source_days x on x.settlement_date = e.settlement_date
      where e.fingerprint = p.fingerprint
        and (x.changed_at, e.settlement_date, e.settlement_period)
          < (d.changed_at, p.settlement_date, p.settlement_period)
        and x.fingerprint <> d.fingerprint
      order by x.changed_at, e.settlement_date, e.settlement_period
      limit 1
    ) o
    where p.settlement_date = any (copied_periods.settlement_dates)
      and p.source_rows >= s.source_copy_rows
    union all
    select
      p.settlement_date,
      p.settlement_period,
      p.source_rows,
      p.curtailed_mwh,
      p.settlement_date,
      min(o.settlement_period)
    from recon.source_periods p
    cross join recon.settings s
    join recon.source_periods o
      on o.fingerprint = p.fingerprint
      and o.settlement_date = p.settlement_date
      and o.settlement_period < p.settlement_period
    where p.settlement_date = any (copied_periods.settlement_dates)
      and p.source_rows >= s.source_copy_rows
    group by p.settlement_date, p.settlement_period
  )
  select
    c.settlement_date,
    'copied_periods',
    c.other_date::text,
    array_agg(c.settlement_period order by c.settlement_period),
    'critical',
    format(
      'all %s rows, %s MWh, of periods %s are those of periods %s of %s',
      sum(c.source_rows),
      trim_scale(sum(c.curtailed_mwh)),
      recon.period_list(array_agg(c.settlement_period)),
      recon.period_list(array_agg(c.other_period)),
      c.other_date
    ),
    format('fetch %s again, then recon-kit load --replace FILE', c.settlement_date)
  from copies c
  group by c.settlement_date, c.other_date
$$;

comment on function recon.copied_periods(date[]) is
  'Rule: periods whose rows, settings.source_copy_rows or more, are those of another period that '
  'was there before, of the same day or of another that is no copy as a whole.';
