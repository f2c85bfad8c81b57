-- The way of models without a single stored row on a day: nothing to compare with, and one pass
-- over the source for all that is to be known of it. The rows come in the order of the key, as the
-- outer side of a left join cannot be looped over inside: at the end of the index they fill it page
-- by page. Elsewhere a full page is split in half, and ascending rows leave it so. There, five keys
-- of nine come first, which leaves room for the other four on every page. The settings keep the
-- planner from hashing what it would then have to sort, and from planning each day anew. Summing
-- the values a second time over costs half of what it does to have the insert return them.
create or replace function recon.insert_cells(
  settlement_date date,
  miner_models text[],
  in_turns boolean,
  out source_rows integer,
  out curtailed_mwh numeric,
  out invalid_keys integer,
  out source_fingerprint numeric,
  out missing integer,
  out sums recon.model_sum[]
)
language plpgsql volatile
set enable_hashagg = off
set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan
as $$
begin
  with
  energy as materialized (
    select
      e.settlement_period,
      e.farm_id,
      e.source_rows,
      e.curtailed_mwh,
      e.is_valid,
      e.is_valid and e.curtailed_mwh > 0 as has_cells,
      e.fingerprint,
      row_number() over (order by e.settlement_period, e.farm_id) % 9 % 2 as turn
    from recon.curtailed_energy e
    where e.settlement_date = insert_cells.settlement_date
    order by e.settlement_period, e.farm_id
  ),
  rates as materialized (
    select r.miner_model, r.difficulty, r.btc_per_mwh
    from recon.mining_rates r
    where r.settlement_date = insert_cells.settlement_date
      and r.is_active
      and coalesce(r.miner_model = any (insert_cells.miner_models), true)
    order by r.miner_model
  ),
  inserted as (
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
      insert_cells.settlement_date,
      e.settlement_period,
      e.farm_id,
      r.miner_model,
      recon.btc_mined(e.curtailed_mwh, r.btc_per_mwh),
      r.difficulty,
      (select pg_catalog.now())
    from (
      select e.settlement_period, e.farm_id, e.curtailed_mwh
      from energy e
      where e.has_cells
        and (e.turn = 0 or not insert_cells.in_turns)
      union all
      select e.settlement_period, e.farm_id, e.curtailed_mwh
      from energy e
      where e.has_cells
        and e.turn = 1
        and insert_cells.in_turns
    ) e
    left join rates r on true
    where exists (select from rates)
  ),
  model_sums as (
    select s.calculations, (r.miner_model, s.*)::recon.model_sum as model_sum
    from rates r
    cross join lateral (
      select
        sum(c.bitcoin_mined) as bitcoin_mined,
        count(*) as calculations,
        sum(
          recon.calculation_hash(
            c.settlement_period, c.farm_id, r.miner_model, c.bitcoin_mined, r.difficulty
          )
        ) as fingerprint
      from (
        select
          e.settlement_period,
          e.farm_id,
          recon.btc_mined(e.curtailed_mwh, r.btc_per_mwh) as bitcoin_mined
        from energy e
        where e.has_cells
      ) c
    ) s
    where s.calculations > 0
  )
  select
    coalesce(sum(e.source_rows), 0),
    coalesce(sum(e.curtailed_mwh) filter (where e.is_valid), 0),
    count(*) filter (where not e.is_valid),
    coalesce(sum(e.fingerprint), 0) + recon.rates_fingerprint(insert_cells.settlement_date, null),
    (select coalesce(sum(s.calculations), 0) from model_sums s),
    (select coalesce(array_agg(s.model_sum), '{}') from model_sums s)
  into source_rows, curtailed_mwh, invalid_keys, source_fingerprint, missing, sums
  from energy e;
end
$$;

comment on function recon.insert_cells(date, text[], boolean) is
  'Inserts every expected calculation of these models (null = all), of which the date has none '
  'stored, and which is not blocked: in the order of the key, or in two turns, each in that order. '
  'Returns its source as recon.compare_day does, rates included in the fingerprint, how many it '
  'inserted, and their sums.';
