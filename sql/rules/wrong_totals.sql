create or replace function recon.wrong_totals(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  select
    d.settlement_date,
    'wrong_totals',
    '',
    null::integer[],
    case when abs(d.curtailed_mwh - t.curtailed_mwh) > 0.25 * greatest(t.curtailed_mwh, 1)
      then 'critical' else 'warning'
    end,
    format(
      '%s MWh in the records, and %s in the totals that were loaded (%s %%)',
      round(d.curtailed_mwh, 1),
      round(t.curtailed_mwh, 1),
      to_char(100 * (d.curtailed_mwh / nullif(t.curtailed_mwh, 0) - 1), 'FMSG9999990.0')
    ),
    format('compare %s with where it came from, and fetch it again', d.settlement_date)
  from recon.source_totals t
  join recon.source_days d on d.settlement_date = t.settlement_date
  where d.settlement_date = any (wrong_totals.settlement_dates)
    and abs(d.curtailed_mwh - t.curtailed_mwh) > 500
    and abs(d.curtailed_mwh - t.curtailed_mwh) > 0.1 * t.curtailed_mwh
$$;

comment on function recon.wrong_totals(date[]) is
  'Rule: days whose energy is more than a tenth, and 500 MWh, from the total that was loaded for '
  'them (recon-kit load-totals).';
