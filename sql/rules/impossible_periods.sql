create or replace function recon.impossible_periods(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  select
    p.settlement_date,
    'impossible_periods',
    '',
    array_agg(p.settlement_period order by p.settlement_period),
    'critical',
    format(
      '%s, %s MWh, in %s %s%s; the day has 1 to %s',
      sum(p.source_rows) || case sum(p.source_rows) when 1 then ' row' else ' rows' end,
      sum(p.curtailed_mwh),
      case count(*) when 1 then 'period' else 'periods' end,
      recon.period_list(array_agg(p.settlement_period)),
      case when bool_or(p.settlement_period = 0) then ' (0 where none is given)' end,
      recon.settlement_periods_in_day(p.settlement_date)
    ),
    format('fetch %s again, then recon-kit load --replace FILE', p.settlement_date)
  from recon.source_periods p
  where p.settlement_date = any (impossible_periods.settlement_dates)
    and p.settlement_period
      not between 1 and recon.settlement_periods_in_day(p.settlement_date)
  group by p.settlement_date
$$;

comment on function recon.impossible_periods(date[]) is
  'Rule: rows in half hours that the day does not have (46, 48 or 50, by Europe/London).';
