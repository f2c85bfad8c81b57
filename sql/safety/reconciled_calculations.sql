create or replace function recon.reconciled_calculations()
returns bigint
language sql stable
as $$
  select coalesce(sum(d.calculations), 0)
  from recon.days d
$$;

comment on function recon.reconciled_calculations() is
  'Calculations of all days as they were last reconciled.';
