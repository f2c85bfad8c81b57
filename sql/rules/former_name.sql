create or replace function recon.former_name(
  farm_id text,
  out farm_id_before text,
  out first_date date,
  out last_date date
)
language sql stable
as $$
  with
  arrived as (
    select
      min(f.settlement_date) as first_date,
      (array_agg(f.payment_gbp / f.curtailed_mwh order by f.settlement_date) filter (
        where f.curtailed_mwh >= 5
      ))[1] as price,
      min(f.lead_party_name) as lead_party_name
    from recon.source_farms f
    where f.farm_id = former_name.farm_id
  )
  select o.farm_id, a.first_date, o.last_date
  from arrived a
  join lateral (
    select
      f.farm_id,
      max(f.settlement_date) as last_date,
      count(*) as days,
      (array_agg(f.payment_gbp / f.curtailed_mwh order by f.settlement_date desc) filter (
        where f.curtailed_mwh >= 5
      ))[1] as price,
      min(f.lead_party_name) as lead_party_name
    from recon.source_farms f
    join recon.bm_units b on b.farm_id = f.farm_id
    where f.settlement_date >= a.first_date - 30
      and f.settlement_date < a.first_date
    group by f.farm_id
  ) o on o.days >= 5
    and o.price > 0
    and (abs(a.price / o.price - 1) < 0.01 or a.lead_party_name = o.lead_party_name)
  where not exists (
    select from recon.source_farms l
    where l.farm_id = o.farm_id
      and l.settlement_date >= a.first_date
  )
  order by abs(a.price / o.price - 1), o.last_date desc
  limit 1
$$;

comment on function recon.former_name(text) is
  'The farm of the register that had its last row before this one had its first, and the same '
  'price or lead party; with both dates. Nulls where there is none.';
