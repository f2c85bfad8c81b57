create or replace function recon.accept_totals()
returns table (added bigint, changed bigint, totals bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_dates date[];
begin
  perform recon.bound_lock_waits();
  perform recon.take_lock('inspection');

  with
  stored as (
    insert into recon.source_totals as t (settlement_date, curtailed_mwh, loaded_at)
    select s.settlement_date::date, s.curtailed_mwh::numeric, pg_catalog.now()
    from recon.staged_totals s
    on conflict on constraint source_totals_pkey do update
    set curtailed_mwh = excluded.curtailed_mwh,
      loaded_at = excluded.loaded_at
    where t.curtailed_mwh <> excluded.curtailed_mwh
    returning t.settlement_date
  )
  select
    count(*) filter (where o.settlement_date is null),
    count(o.settlement_date),
    coalesce(array_agg(s.settlement_date), '{}')
  into added, changed, v_dates
  from stored s
  left join recon.source_totals o on o.settlement_date = s.settlement_date;

  delete from recon.staged_totals;
  update recon.source_days d
  set inspected_at = null
  where d.inspected_at is not null
    and exists (
      select from unnest(v_dates) u (settlement_date)
      where d.settlement_date between u.settlement_date and u.settlement_date + 73
    );
  totals := (select count(*) from recon.source_totals);
  return next;
end
$$;

comment on function recon.accept_totals() is
  'Moves the staged lines into recon.source_totals; dates that are not among them keep what they '
  'have. Returns how many were added and changed, and how many there are; the next inspection '
  'judges these days again, and those that are compared with them.';
