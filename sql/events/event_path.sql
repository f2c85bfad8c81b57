create or replace function recon.event_path(event recon.events)
returns text
language sql stable
as $$
  select case
    when event.settlement_date is not null
      then '/days/' || to_char(event.settlement_date, 'YYYY-MM-DD')
    when event.run_id is not null then '/runs/' || event.run_id
    else '/'
  end
$$;

comment on function recon.event_path(recon.events) is
  'Where on the live page an event is to be seen: its day, else its run, else the first page.';
