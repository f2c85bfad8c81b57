create or replace function recon.refresh_sums()
returns void
language plpgsql volatile
as $$
begin
  if (
    select bool_and(c.relispopulated)
    from pg_class c
    where c.oid in ('recon.monthly_sums'::regclass, 'recon.yearly_sums'::regclass)
  ) then
    refresh materialized view concurrently recon.monthly_sums;
    refresh materialized view concurrently recon.yearly_sums;
  else
    refresh materialized view recon.monthly_sums;
    refresh materialized view recon.yearly_sums;
  end if;
end
$$;

comment on function recon.refresh_sums() is
  'Refreshes the sums of months and years, which are empty after the first deploy.';
