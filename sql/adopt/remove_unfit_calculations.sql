create or replace function recon.remove_unfit_calculations()
returns bigint
language plpgsql volatile
as $$
declare
  v_places tid[];
  v_left bigint;
begin
  select array_agg(u.place)
  into v_places
  from recon_legacy.unfit_calculations u
  where u.batch = (select min(b.batch) from recon_legacy.unfit_calculations b);

  with
  listed as (
    delete from recon_legacy.unfit_calculations u
    where u.batch = (select min(b.batch) from recon_legacy.unfit_calculations b)
    returning u.place, u.written_by, u.reason
  ),
  removed as (
    delete from public.historical_bitcoin_calculations h
    using listed l
    where h.ctid = any (v_places)
      and h.ctid = l.place
      and h.xmin = l.written_by
    returning h.settlement_date, l.reason, to_jsonb(h) as calculation
  )
  insert into recon_legacy.historical_bitcoin_calculations (settlement_date, reason, calculation)
  select r.settlement_date, r.reason, r.calculation
  from removed r;

  select count(*) into v_left from (select from recon_legacy.unfit_calculations limit 1) u;
  return v_left;
end
$$;

comment on function recon.remove_unfit_calculations() is
  'Moves the next batch of listed calculations to recon_legacy, but for those that were written '
  'again since. Returns 0 once none is left.';
