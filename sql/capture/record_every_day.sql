create or replace function recon.record_every_day()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  insert into recon.changes (settlement_date, reason, changed_at)
  values ('-infinity', tg_argv[0], pg_catalog.now());
  return null;
end
$$;

comment on function recon.record_every_day() is
  'Statement trigger for a change that concerns every date.';
