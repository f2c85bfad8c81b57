create or replace function recon.unload(
  load_id bigint,
  out deleted_rows bigint,
  out dates bigint,
  out first_date date,
  out last_date date,
  out rows_before bigint,
  out rows_after bigint,
  out mwh_before numeric,
  out mwh_after numeric,
  out fuse text
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_gone record;
  v_dates date[];
begin
  perform recon.bound_lock_waits();
  lock table recon.loads in share row exclusive mode;
  perform recon.require_unloadable(unload.load_id);

  select array_agg(d.settlement_date), count(*), min(d.settlement_date), max(d.settlement_date)
  into v_dates, dates, first_date, last_date
  from recon.loaded_days d
  where d.load_id = unload.load_id;

  select
    count(*),
    coalesce(sum(abs(r.volume)) filter (where abs(r.volume) <= recon.largest_volume()), 0)
  into rows_before, mwh_before
  from public.curtailment_records r
  where r.settlement_date = any (v_dates);

  select d.deleted_rows, d.lost_rows, d.first_lost
  into v_gone
  from recon.delete_loaded(unload.load_id) d;
  if v_gone.lost_rows <> 0 then
    raise exception
      '% of the % rows of load % are not there any more as it brought them, the first on %: they '
      'were changed or deleted',
      v_gone.lost_rows,
      v_gone.lost_rows + v_gone.deleted_rows,
      unload.load_id,
      v_gone.first_lost
      using errcode = 'invalid_parameter_value',
        hint = 'Nothing was taken away. Load a corrected file of the same dates with --replace.';
  end if;
  deleted_rows := v_gone.deleted_rows;

  select
    count(*),
    coalesce(sum(abs(r.volume)) filter (where abs(r.volume) <= recon.largest_volume()), 0)
  into rows_after, mwh_after
  from public.curtailment_records r
  where r.settlement_date = any (v_dates);

  update recon.loads l
  set unloaded_at = pg_catalog.now(),
    unloaded_by = session_user
  where l.load_id = unload.load_id;

  fuse := (select e.reason from recon.fuse_evidence(v_dates) e where e.is_blown);
end
$$;

comment on function recon.unload(bigint) is
  'Takes away exactly the records that a load brought in, and returns how many, and rows and '
  'energy (MWh) of its dates before and after; fuse says why the next run will be stopped, if it '
  'will. What the load had replaced does not come back. Error 22023 where it was replaced or any '
  'of its rows were changed or deleted since; then nothing is taken away. 55P03 where another '
  'load has been under way for longer than settings.lock_timeout.';
