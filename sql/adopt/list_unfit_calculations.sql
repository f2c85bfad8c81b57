create or replace function recon.list_unfit_calculations()
returns bigint
language plpgsql volatile
as $$
declare
  v_rows bigint;
begin
  delete from recon_legacy.unfit_calculations;

  insert into recon_legacy.unfit_calculations (batch, place, written_by, reason)
  select (row_number() over (order by u.settlement_date, u.place) - 1) / 1000,
    u.place, u.written_by, u.reason
  from recon.unfit_calculations() u;

  get diagnostics v_rows = row_count;
  return v_rows;
end
$$;

comment on function recon.list_unfit_calculations() is
  'Lists the calculations to remove, in batches for recon.remove_unfit_calculations.';
