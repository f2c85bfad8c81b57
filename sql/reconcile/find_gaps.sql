-- What is found travels as a value to the statements that write: each of them names its one date.
create or replace function recon.find_gaps(
  settlement_date date,
  out gaps recon.gap[],
  out sums recon.model_sum[],
  out is_held boolean
)
language plpgsql stable
as $$
begin
  with
  cells as materialized (
    select
      c.settlement_period,
      c.farm_id,
      c.miner_model,
      c.kind,
      c.expected_btc,
      c.stored_btc,
      c.expected_difficulty,
      c.stored_difficulty
    from recon.day_cells(find_gaps.settlement_date) c
  ),
  model_sums as (
    select (
      c.miner_model,
      sum(coalesce(c.expected_btc, c.stored_btc)),
      count(*),
      sum(
        recon.calculation_hash(
          c.settlement_period,
          c.farm_id,
          c.miner_model,
          coalesce(c.expected_btc, c.stored_btc),
          coalesce(c.expected_difficulty, c.stored_difficulty)
        )
      )
    )::recon.model_sum as model_sum
    from cells c
    where c.kind is distinct from 'orphan'
      and (c.expected_btc is not null or c.stored_btc is not null)
    group by c.miner_model
  )
  select
    array_agg(
      (
        c.settlement_period,
        c.farm_id,
        c.miner_model,
        c.kind,
        c.expected_btc,
        c.expected_difficulty,
        c.stored_btc,
        c.stored_difficulty
      )::recon.gap
    ) filter (where c.kind in ('missing', 'stale', 'wrong', 'orphan')),
    (select coalesce(array_agg(s.model_sum), '{}') from model_sums s),
    coalesce(bool_or(c.kind in ('invalid_source', 'blocked')), false)
  into gaps, sums, is_held
  from cells c;
  gaps := coalesce(gaps, '{}');
end
$$;

comment on function recon.find_gaps(date) is
  'The cells of a date that a repair has to write, and the sums of what is stored after it; '
  'is_held where it has cells that nothing can be compared with.';
