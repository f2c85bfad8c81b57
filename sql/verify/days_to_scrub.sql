create or replace function recon.days_to_scrub()
returns date[]
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select coalesce(
    array_agg(d.settlement_date order by d.verified_at nulls first, d.settlement_date), '{}'
  )
  from recon.days d
  where d.outcome = 'reconciled'
$$;

comment on function recon.days_to_scrub() is
  'The reconciled days, the one verified longest ago first.';
