-- One statement, so that comparing and writing share a snapshot. Its parts touch different rows.
create or replace function recon.repair_cells(
  settlement_date date,
  settlement_period integer,
  farm_id text,
  run_id bigint,
  out missing integer,
  out stale integer,
  out wrong integer,
  out orphan integer
)
language sql volatile
as $$
  with
  gaps as materialized (
    select
      g.settlement_period,
      g.farm_id,
      g.miner_model,
      g.kind,
      g.expected_btc,
      g.stored_btc,
      g.expected_difficulty,
      g.stored_difficulty
    from recon.day_gaps(repair_cells.settlement_date) g
    where g.kind in ('missing', 'stale', 'wrong', 'orphan')
      and g.settlement_period = coalesce(repair_cells.settlement_period, g.settlement_period)
      and g.farm_id = coalesce(repair_cells.farm_id, g.farm_id)
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
      calculated_at = recon.now()
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
      recon.now()
    from gaps g
    where g.kind = 'missing'
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
      recon.now()
    from gaps g
    where g.kind <> 'missing'
  )
  select
    count(*) filter (where g.kind = 'missing')::integer,
    count(*) filter (where g.kind = 'stale')::integer,
    count(*) filter (where g.kind = 'wrong')::integer,
    count(*) filter (where g.kind = 'orphan')::integer
  from gaps g
$$;

comment on function recon.repair_cells(date, integer, text, bigint) is
  'Brings the stored calculations of a date, or of one period or farm of it (null = all), in line '
  'with the expected ones, touching no row that is right: orphans deleted, stale and wrong ones '
  'updated, missing ones inserted. Returns how many of each; recon.repairs has the values before.';
