create or replace function recon.source_mwh(settlement_date date)
returns numeric
language sql stable
as $$
  select coalesce(
    trim_scale(sum(abs(r.volume)) filter (where abs(r.volume) <= recon.largest_volume())), 0
  )
  from public.curtailment_records r
  where r.settlement_date = source_mwh.settlement_date
$$;

comment on function recon.source_mwh(date) is
  'Curtailed energy of a date as recorded, MWh, without what is beyond recon.largest_volume.';
