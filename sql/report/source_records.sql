create or replace function recon.source_records(
  settlement_date date,
  settlement_period integer,
  farm_id text
)
returns table (
  lead_party_name text,
  volume numeric,
  payment numeric,
  original_price numeric,
  final_price numeric,
  so_flag boolean,
  cadl_flag boolean
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select
    r.lead_party_name,
    r.volume,
    r.payment,
    r.original_price,
    r.final_price,
    r.so_flag,
    r.cadl_flag
  from public.curtailment_records r
  where r.settlement_date = source_records.settlement_date
    and r.settlement_period is not distinct from source_records.settlement_period
    and r.farm_id is not distinct from source_records.farm_id
  order by
    r.lead_party_name,
    r.volume,
    r.payment,
    r.original_price,
    r.final_price,
    r.so_flag,
    r.cadl_flag
$$;

comment on function recon.source_records(date, integer, text) is
  'The curtailment records of a half hour and farm as they are stored (null where a record has '
  'none): lead party, volume (MWh), payment (GBP), price as bid and as settled (GBP/MWh), and the '
  'two flags.';
