-- The way of a day without a single stored row: nothing to compare with. In the order of the key
-- the rows fill the index page by page; three of its four columns do for that.
create or replace function recon.insert_cells(settlement_date date)
returns integer
language plpgsql volatile
as $$
declare
  v_inserted integer;
begin
  insert into public.historical_bitcoin_calculations (
    settlement_date,
    settlement_period,
    farm_id,
    miner_model,
    bitcoin_mined,
    difficulty,
    calculated_at
  )
  select
    x.settlement_date,
    x.settlement_period,
    x.farm_id,
    x.miner_model,
    x.bitcoin_mined,
    x.difficulty,
    (select recon.now())
  from recon.expected_calculations x
  where x.settlement_date = insert_cells.settlement_date
    and x.bitcoin_mined is not null
  order by x.settlement_period, x.farm_id;

  get diagnostics v_inserted = row_count;
  return v_inserted;
end
$$;

comment on function recon.insert_cells(date) is
  'Inserts every expected calculation of a date that has none; returns how many.';
