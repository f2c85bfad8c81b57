create or replace function recon.plateau(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  farms as materialized (
    select
      f.settlement_date,
      f.farm_id,
      f.largest_row_mwh,
      count(*) over (partition by f.settlement_date) as farms,
      rank() over (partition by f.settlement_date order by f.largest_row_mwh desc) - 1 as larger
    from recon.source_farms f
    where f.settlement_date = any (plateau.settlement_dates)
  )
  select
    f.settlement_date,
    'plateau',
    '',
    null::integer[],
    'warning',
    format(
      'the largest row of %s of %s farms is %s MWh, and %s have a larger one: %s',
      count(*),
      f.farms,
      trim_scale(f.largest_row_mwh),
      f.larger,
      string_agg(f.farm_id, ', ' order by f.farm_id)
    ),
    format(
      'see what caps the volumes; fetch %s again, then recon-kit load --replace FILE',
      f.settlement_date
    )
  from farms f
  where f.largest_row_mwh > 1
    and f.larger <= 0.1 * f.farms
  group by f.settlement_date, f.farms, f.larger, f.largest_row_mwh
  having count(*) >= greatest(5, 0.1 * f.farms)
$$;

comment on function recon.plateau(date[]) is
  'Rule: days on which five farms or more, and a tenth of all, have the same largest row, and no '
  'more than a tenth a larger one: volumes were capped.';
