create or replace function recon.zero_farms(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  zero as materialized (
    select f.settlement_date, f.farm_id, f.source_rows
    from recon.source_farms f
    cross join recon.settings s
    where f.settlement_date = any (zero_farms.settlement_dates)
      and f.curtailed_mwh = 0
      and btrim(f.farm_id) <> ''
      and f.source_rows >= s.source_copy_rows / 2
  )
  select
    z.settlement_date,
    'zero_volumes',
    z.farm_id,
    null::integer[],
    'warning',
    format(
      'all %s rows of %s have a volume of 0; on %s of its %s days before it had energy',
      z.source_rows,
      z.farm_id,
      h.days_with_energy,
      h.days
    ),
    format('see what its meter sends; fetch %s again', z.settlement_date)
  from zero z
  join recon.source_days d on d.settlement_date = z.settlement_date
  cross join recon.settings s
  cross join lateral (
    select count(*) as days, count(*) filter (where l.curtailed_mwh > 0) as days_with_energy
    from recon.source_farms l
    where l.farm_id = z.farm_id
      and l.settlement_date >= z.settlement_date - s.source_window_days
      and l.settlement_date < z.settlement_date
  ) h
  where h.days >= 7
    and h.days_with_energy >= 0.5 * h.days
    and d.zero_rows < 0.1 * d.source_rows
$$;

comment on function recon.zero_farms(date[]) is
  'Rule: farms whose rows are all of volume 0 and that had energy on half of their days in '
  'settings.source_window_days before, seven at least (zero_volumes). Where a tenth of the rows of '
  'the day are, it is the day: recon.odd_shares.';
