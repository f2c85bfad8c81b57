create or replace function recon.revised_days(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  select
    d.settlement_date,
    'revised_days',
    '',
    null::integer[],
    'note',
    format(
      'the same farms and half hours as before, and %s MWh where there were %s (%s %%)',
      trim_scale(d.curtailed_mwh),
      trim_scale(d.revised_from_mwh),
      to_char(
        100 * (d.curtailed_mwh - d.revised_from_mwh) / nullif(d.revised_from_mwh, 0), 'FMSG990.00'
      )
    ),
    'nothing, where the settlement was revised'
  from recon.source_days d
  where d.settlement_date = any (revised_days.settlement_dates)
    and d.revised_from_mwh <> d.curtailed_mwh
    and abs(d.curtailed_mwh - d.revised_from_mwh) < 0.1 * d.revised_from_mwh
$$;

comment on function recon.revised_days(date[]) is
  'Rule: days whose energy changed by less than a tenth while farms and half hours stayed, as in a '
  'settlement revision.';
