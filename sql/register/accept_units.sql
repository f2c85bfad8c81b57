-- Every day that was read is judged again: its farms are other ones now.
create or replace function recon.accept_units(replace boolean)
returns table (added bigint, changed bigint, removed bigint, kept bigint, units bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  perform recon.bound_lock_waits();
  perform recon.take_lock('inspection');

  with
  old as (
    delete from recon.bm_units b
    where accept_units.replace
      and not exists (select from recon.staged_units s where s.farm_id = b.farm_id)
    returning 1
  )
  select count(*) into removed from old;

  with
  stored as (
    insert into recon.bm_units as b (farm_id, lead_party_name, capacity_mw, loaded_at)
    select s.farm_id, s.lead_party_name, nullif(s.capacity_mw::numeric, 0), pg_catalog.now()
    from recon.staged_units s
    on conflict on constraint bm_units_pkey do update
    set lead_party_name = excluded.lead_party_name,
      capacity_mw = excluded.capacity_mw,
      loaded_at = excluded.loaded_at
    where (b.lead_party_name, b.capacity_mw)
      is distinct from (excluded.lead_party_name, excluded.capacity_mw)
    returning b.farm_id
  )
  select
    count(*) filter (where o.farm_id is null),
    count(o.farm_id)
  into added, changed
  from stored s
  left join recon.bm_units o on o.farm_id = s.farm_id;

  select
    count(*),
    count(*) filter (
      where not exists (select from recon.staged_units s where s.farm_id = b.farm_id)
    )
  into units, kept
  from recon.bm_units b;

  delete from recon.staged_units;
  if added + changed + removed > 0 then
    update recon.source_days d set inspected_at = null where d.inspected_at is not null;
  end if;
  return next;
end
$$;

comment on function recon.accept_units(boolean) is
  'Moves the staged lines into recon.bm_units; units that are not among them are kept, or with '
  'replace removed. Returns how many were added, changed, removed and kept, and how many there '
  'are; where that is another register, the next inspection judges every day again.';
