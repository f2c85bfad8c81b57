create or replace function recon.plug_rows(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  select
    d.settlement_date,
    'plug_rows',
    '',
    null::integer[],
    'warning',
    format(
      'the day comes out round, %s MWh, %s GBP, of %s rows to the last digit',
      trim_scale(d.curtailed_mwh),
      trim_scale(d.payment_gbp),
      d.fine_rows
    ) || coalesce('; farms with one row: ' || f.farms, ''),
    coalesce('look at the rows of ' || f.farms, 'look at its largest rows')
      || format(' of %s', d.settlement_date)
  from recon.source_days d
  cross join recon.settings s
  cross join lateral (
    select string_agg(
      format('%s (%s MWh in period %s)', f.farm_id, trim_scale(f.curtailed_mwh), f.periods[1]),
      ', '
      order by f.curtailed_mwh desc
    ) as farms
    from recon.source_farms f
    where f.settlement_date = d.settlement_date
      and f.source_rows = 1
  ) f
  where d.settlement_date = any (plug_rows.settlement_dates)
    and d.fine_rows >= s.source_copy_rows
    and (
      d.curtailed_mwh <> 0 and mod(d.curtailed_mwh, s.source_round_mwh) = 0
      or d.net_mwh <> 0 and mod(d.net_mwh, s.source_round_mwh) = 0
      or d.payment_gbp <> 0 and mod(d.payment_gbp, s.source_round_gbp) = 0
    )
$$;

comment on function recon.plug_rows(date[]) is
  'Rule: a day of settings.source_copy_rows or more rows with hundredths of MWh whose energy is a '
  'multiple of settings.source_round_mwh, or its payments of settings.source_round_gbp: a row '
  'was made to fit.';
