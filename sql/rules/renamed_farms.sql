-- The old name has its last row before the new one has its first, and both have one price or party.
create or replace function recon.renamed_farms(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  strangers as materialized (
    select f.farm_id
    from recon.source_farms f
    where f.settlement_date = any (renamed_farms.settlement_dates)
      and btrim(f.farm_id) <> ''
      and exists (select from recon.bm_units)
      and not exists (select from recon.bm_units b where b.farm_id = f.farm_id)
    group by f.farm_id
  )
  select
    o.first_date,
    'renamed_farms',
    s.farm_id,
    null::integer[],
    'warning',
    format(
      '%s is not in the register of BM units; it has rows since %s, and %s, of the same price or '
        'lead party, has none since %s',
      s.farm_id,
      o.first_date,
      o.farm_id_before,
      o.last_date
    ),
    format(
      'if %s was renamed: load a register that has %s (recon-kit load-units FILE)',
      o.farm_id_before,
      s.farm_id
    )
  from strangers s
  cross join lateral recon.former_name(s.farm_id) o
  where (recon.meant_unit(s.farm_id)).meant is null
    and o.first_date = any (renamed_farms.settlement_dates)
$$;

comment on function recon.renamed_farms(date[]) is
  'Rule: a farm that is not in recon.bm_units, from the day on which one that is, of the same '
  'price or lead party, has no more rows; told once, on its first day.';
