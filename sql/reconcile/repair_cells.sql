-- One statement, so that comparing and writing share a snapshot. Its parts touch different rows.
create or replace function recon.repair_cells(
  settlement_date date,
  settlement_period integer,
  farm_id text,
  run_id bigint,
  out missing integer,
  out stale integer,
  out wrong integer,
  out orphan integer,
  out sums recon.model_sum[]
)
language plpgsql volatile
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
    from recon.day_cells(repair_cells.settlement_date) c
    where c.settlement_period = coalesce(repair_cells.settlement_period, c.settlement_period)
      and c.farm_id = coalesce(repair_cells.farm_id, c.farm_id)
  ),
  gaps as materialized (
    select c.*
    from cells c
    where c.kind in ('missing', 'stale', 'wrong', 'orphan')
  ),
  orphans as (
    delete from public.historical_bitcoin_calculations h
    using gaps g
    where g.kind = 'orphan'
      and h.settlement_date = repair_cells.settlement_date
      and h.settlement_period = g.settlement_period
      and h.farm_id = g.farm_id
      and h.miner_model = g.miner_model
  ),
  corrections as (
    update public.historical_bitcoin_calculations h
    set bitcoin_mined = g.expected_btc,
      difficulty = g.expected_difficulty,
      calculated_at = pg_catalog.now()
    from gaps g
    where g.kind in ('stale', 'wrong')
      and h.settlement_date = repair_cells.settlement_date
      and h.settlement_period = g.settlement_period
      and h.farm_id = g.farm_id
      and h.miner_model = g.miner_model
  ),
  insertions as (
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
      repair_cells.settlement_date,
      g.settlement_period,
      g.farm_id,
      g.miner_model,
      g.expected_btc,
      g.expected_difficulty,
      pg_catalog.now()
    from gaps g
    where g.kind = 'missing'
    order by g.settlement_period, g.farm_id, g.miner_model
  ),
  ledger as (
    insert into recon.repairs (
      settlement_date,
      run_id,
      settlement_period,
      farm_id,
      miner_model,
      kind,
      bitcoin_mined_before,
      difficulty_before,
      bitcoin_mined_after,
      difficulty_after,
      repaired_at
    )
    select
      repair_cells.settlement_date,
      repair_cells.run_id,
      g.settlement_period,
      g.farm_id,
      g.miner_model,
      g.kind,
      g.stored_btc,
      g.stored_difficulty,
      g.expected_btc,
      g.expected_difficulty,
      pg_catalog.now()
    from gaps g
    where g.kind <> 'missing'
  ),
  left_behind as (
    select
      c.settlement_period,
      c.farm_id,
      c.miner_model,
      coalesce(c.expected_btc, c.stored_btc) as bitcoin_mined,
      coalesce(c.expected_difficulty, c.stored_difficulty) as difficulty
    from cells c
    where c.kind is distinct from 'orphan'
      and (c.expected_btc is not null or c.stored_btc is not null)
  ),
  model_sums as (
    select (
      l.miner_model,
      sum(l.bitcoin_mined),
      count(*),
      sum(
        recon.calculation_hash(
          l.settlement_period, l.farm_id, l.miner_model, l.bitcoin_mined, l.difficulty
        )
      )
    )::recon.model_sum as model_sum
    from left_behind l
    group by l.miner_model
  )
  select
    count(*) filter (where g.kind = 'missing'),
    count(*) filter (where g.kind = 'stale'),
    count(*) filter (where g.kind = 'wrong'),
    count(*) filter (where g.kind = 'orphan'),
    (select coalesce(array_agg(s.model_sum), '{}') from model_sums s)
  into missing, stale, wrong, orphan, sums
  from gaps g;
end
$$;

comment on function recon.repair_cells(date, integer, text, bigint) is
  'Brings the stored calculations of a date, or of one period or farm of it (null = all), in line '
  'with the expected ones, touching no row that is right: orphans deleted, stale and wrong ones '
  'updated, missing ones inserted. Returns how many of each, and the sums of what is stored now; '
  'recon.repairs has the values before.';
