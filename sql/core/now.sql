-- Anybody can set it, so that it serves those who look, and tests of what they see. Whatever
-- writes, decides or raises an alert takes pg_catalog.now().
create or replace function recon.now()
returns timestamptz
language sql stable parallel safe
as $$
  select coalesce(nullif(current_setting('recon.now', true), '')::timestamptz, pg_catalog.now())
$$;

comment on function recon.now() is
  'The time for those who look: that of the transaction, or the session setting recon.now. What '
  'is written and what raises an alert has that of the transaction, whatever the setting.';
