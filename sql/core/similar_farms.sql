-- Two names are alike by the pairs of characters that they share, whatever their case.
create or replace function recon.similar_farms(
  settlement_date date,
  settlement_period integer,
  farm_id text
)
returns text
language sql stable
as $$
  with
  farms as (
    select left(r.farm_id, 50) as farm_id, count(*) over () as farms
    from public.curtailment_records r
    where r.settlement_date = similar_farms.settlement_date
      and r.settlement_period = similar_farms.settlement_period
      and r.farm_id is not null
    group by left(r.farm_id, 50)
  ),
  nearest as (
    select f.farm_id, f.farms, row_number() over (order by a.pairs desc, f.farm_id) as place
    from farms f
    cross join lateral (
      select
        count(*) filter (
          where strpos(
            upper(left(similar_farms.farm_id, 50)), upper(substr(f.farm_id, i.n, 2))
          ) > 0
        ) / (length(f.farm_id) + length(similar_farms.farm_id) + 1)::numeric as pairs
      from generate_series(1, length(f.farm_id) - 1) i (n)
    ) a
    order by place
    limit 10
  )
  select
    case
      when max(n.farms) > 10 then format('The nearest of %s farms in that period: ', max(n.farms))
      else 'Farms in that period: '
    end
    || string_agg(n.farm_id, ', ' order by n.place)
  from nearest n
$$;

comment on function recon.similar_farms(date, integer, text) is
  'A sentence that names the ten farms with records in a period whose names are most like this '
  'one; null where the period has none.';
