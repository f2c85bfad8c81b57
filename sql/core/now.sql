create or replace function recon.now()
returns timestamptz
language sql stable parallel safe
as $$
  select coalesce(nullif(current_setting('recon.now', true), '')::timestamptz, pg_catalog.now())
$$;

comment on function recon.now() is
  'The time, as the kit sees it: that of the transaction, or the session setting recon.now.';
