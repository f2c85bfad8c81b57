create or replace function recon.clear_dates(load_id bigint)
returns void
language sql volatile
as $$
  delete from public.curtailment_records r
  where r.settlement_date in (
    select s.settlement_date::date
    from recon.staged_records s
    where s.load_id = clear_dates.load_id
  )
$$;

comment on function recon.clear_dates(bigint) is
  'Deletes the records of the dates that a load has. None of its lines may be bad.';
