-- Between the comparison and this, another session may have changed or deleted a row. What is
-- returned is what is there now, and it stays so to the end of the transaction.
create or replace function recon.lock_cells(settlement_date date, gaps recon.gap[])
returns recon.gap[]
language plpgsql volatile
as $$
begin
  return (
    with locked as (
      select
        h.settlement_period,
        h.farm_id,
        h.miner_model,
        case
          when g.kind = 'orphan' then g.kind
          when h.difficulty is distinct from g.expected_difficulty then 'stale'
          when h.bitcoin_mined is distinct from g.expected_btc then 'wrong'
        end as kind,
        g.expected_btc,
        g.expected_difficulty,
        h.bitcoin_mined,
        h.difficulty
      from unnest(lock_cells.gaps) g
      join public.historical_bitcoin_calculations h
        on h.settlement_date = lock_cells.settlement_date
        and h.settlement_period = g.settlement_period
        and h.farm_id = g.farm_id
        and h.miner_model = g.miner_model
      for update of h
    )
    select coalesce(
      array_agg(
        (
          l.settlement_period,
          l.farm_id,
          l.miner_model,
          l.kind,
          l.expected_btc,
          l.expected_difficulty,
          l.bitcoin_mined,
          l.difficulty
        )::recon.gap
      ),
      '{}'
    )
    from locked l
    where l.kind is not null
  );
end
$$;

comment on function recon.lock_cells(date, recon.gap[]) is
  'Locks the stored rows of these gaps of a date, and returns those that are still there and still '
  'not as expected, with their kind and values as they are now.';
