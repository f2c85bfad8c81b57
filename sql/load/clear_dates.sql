create or replace function recon.clear_dates(load_id bigint)
returns void
language sql volatile
as $$
  update recon.loaded_days d
  set replaced_by = clear_dates.load_id
  where d.load_id <> clear_dates.load_id
    and d.replaced_by is null
    and d.settlement_date in (
      select s.settlement_date::date
      from recon.staged_records s
      where s.load_id = clear_dates.load_id
    );

  delete from recon.loaded_days d
  where d.load_id = clear_dates.load_id;

  delete from public.curtailment_records r
  where r.settlement_date in (
    select s.settlement_date::date
    from recon.staged_records s
    where s.load_id = clear_dates.load_id
  )
$$;

comment on function recon.clear_dates(bigint) is
  'Deletes the records of the dates that a load has, and notes of the loads that brought them that '
  'they were replaced. None of its lines may be bad.';
