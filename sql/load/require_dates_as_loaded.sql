create or replace function recon.require_dates_as_loaded(load_id bigint)
returns void
language plpgsql stable
as $$
declare
  v_moved date := (
    select min(d.settlement_date)
    from recon.loaded_days d
    where d.load_id = require_dates_as_loaded.load_id
      and d.settlement_date not in (
        select s.settlement_date::date
        from recon.staged_records s
        where s.load_id = require_dates_as_loaded.load_id
      )
  );
begin
  if v_moved is not null then
    raise exception
      'the platform''s table has put records of this file on %, a date that the file does not have',
      v_moved
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'Nothing was loaded. See which of its triggers moves records to other dates.';
  end if;
end
$$;

comment on function recon.require_dates_as_loaded(bigint) is
  'Error 55000 where a load has stored records on dates that its file does not have.';
