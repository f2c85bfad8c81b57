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
      case
        when n.is_named then '%s is not in the register of BM units: %s rows, %s MWh, %s GBP'
        else '%snobody is named: %s rows, %s MWh, %s GBP; nothing is calculated of them'
      end,
      case when n.is_named then f.farm_id else '' end,
      f.source_rows,
      trim_scale(f.curtailed_mwh),
      trim_scale(f.payment_gbp)
    ),
    case
      when n.is_named
        then 'delete its rows, or load a register that has it: recon-kit load-units FILE'
      else 'give them a farm_id, or load the day again'
    end
  from recon.source_farms f
  join recon.source_days d on d.settlement_date = f.settlement_date
  cross join lateral (select btrim(f.farm_id) <> '' as is_named) n
  where f.settlement_date = any (unknown_farms.settlement_dates)
    and (
      not n.is_named
      or exists (select from recon.bm_units)
        and not exists (select from recon.bm_units b where b.farm_id = f.farm_id)
    )
$$;

comment on function recon.unknown_farms(date[]) is
  'Rule: farms that are not in recon.bm_units, unless that is empty, and rows without a farm.';
