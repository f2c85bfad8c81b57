create or replace function recon.unknown_farms(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  select
    f.settlement_date,
    'unknown_farms',
    f.farm_id,
    f.periods,
    case when f.curtailed_mwh >= 0.01 * d.curtailed_mwh then 'critical' else 'warning' end,
    format(
      '%s is not in the register of BM units: %s rows, %s MWh, %s GBP',
      f.farm_id,
      f.source_rows,
      trim_scale(f.curtailed_mwh),
      trim_scale(f.payment_gbp)
    ),
    'delete its rows, or load a register that has it: recon-kit load-units FILE'
  from recon.source_farms f
  join recon.source_days d on d.settlement_date = f.settlement_date
  where f.settlement_date = any (unknown_farms.settlement_dates)
    and not exists (select from recon.bm_units b where b.farm_id = f.farm_id)
    and exists (select from recon.bm_units)
$$;

comment on function recon.unknown_farms(date[]) is
  'Rule: farms that are not in recon.bm_units, unless that is empty.';
