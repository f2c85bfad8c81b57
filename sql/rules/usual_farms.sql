create or replace function recon.usual_farms(settlement_date date)
returns integer
language sql stable
as $$
  select coalesce(percentile_disc(0.5) within group (order by p.farms), 0)
  from recon.settings s
  join recon.source_periods p
    on p.settlement_date >= usual_farms.settlement_date - s.source_window_days
    and p.settlement_date <= usual_farms.settlement_date + s.source_window_days
$$;

comment on function recon.usual_farms(date) is
  'Farms with a row in a half hour that has any: the median, settings.source_window_days around '
  'a date.';
