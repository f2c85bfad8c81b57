-- One farm may be out of service; the farms of a party do not go together.
create or replace function recon.missing_farms(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  judged as (
    select d.settlement_date, d.cells, h.dates
    from recon.source_days d
    cross join recon.settings s
    cross join lateral (
      select array_agg(h.settlement_date) as dates
      from (
        select h.settlement_date
        from recon.source_days h
        where h.settlement_date >= d.settlement_date - s.source_window_days
          and h.settlement_date < d.settlement_date
          and h.cells >= 0.6 * d.cells
        order by h.settlement_date desc
        limit 10
      ) h
    ) h
    where d.settlement_date = any (missing_farms.settlement_dates)
      and d.cells >= 10 * s.source_copy_rows
      and cardinality(h.dates) = 10
  ),
  expected as materialized (
    select
      j.settlement_date,
      f.farm_id,
      max(f.lead_party_name) as lead_party_name,
      sum(cardinality(f.periods)) / 10.0 as cells
    from judged j
    join recon.source_farms f on f.settlement_date = any (j.dates)
    group by j.settlement_date, f.farm_id
    having count(*) >= 9
  ),
  parties as (
    select
      e.settlement_date,
      e.lead_party_name,
      count(*) as farms,
      sum(e.cells) as cells,
      (
        select sum(a.cells) from expected a where a.settlement_date = e.settlement_date
      ) as day_cells,
      count(*) filter (where f.farm_id is null) as absent,
      string_agg(e.farm_id, ', ' order by e.farm_id) filter (where f.farm_id is null) as farm_ids
    from expected e
    left join recon.source_farms f
      on (f.settlement_date, f.farm_id) = (e.settlement_date, e.farm_id)
    where e.lead_party_name is not null
    group by e.settlement_date, e.lead_party_name
  )
  select
    p.settlement_date,
    'missing_farms',
    p.lead_party_name,
    null::integer[],
    'warning',
    format(
      '%s farms of %s have no row, and had some on nearly all of ten such days before: %s',
      p.farms,
      p.lead_party_name,
      p.farm_ids
    ),
    format('see whether their rows are fetched; fetch %s again', p.settlement_date)
  from parties p
  where p.absent = p.farms
    and p.farms >= 3
    and p.cells >= case when p.farms >= 5 then 0.04 else 0.12 end * p.day_cells
$$;

comment on function recon.missing_farms(date[]) is
  'Rule: lead parties without a row on a busy day, of which three farms or more had rows on nine '
  'of the ten days before that were about as busy, and an eighth of the half hours; of five farms '
  'or more a third of that.';
