create or replace function recon.notify_events()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  perform pg_notify('recon_events', recon.event_document(e)::text)
  from recorded e
  order by e.event_id;
  return null;
end
$$;

comment on function recon.notify_events() is
  'Statement trigger of events: tells whoever listens, at the commit.';
