-- The way of models without a single stored row on a day: nothing to compare with, and one pass
-- over the source for all that is to be known of it. The grouped index scan yields the keys in
-- order, and the rates are looped over in order for each ("offset 0" keeps it from being the other
-- way round), so the rows come in that of the index and fill it page by page. The settings keep
-- the planner from hashing what it would then have to sort. Summing the values a second time over
-- costs half of what it does to have the insert return them.
create or replace function recon.insert_cells(
  settlement_date date,
  miner_models text[],
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
      e.fingerprint
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
      c.miner_model,
      recon.btc_mined(e.curtailed_mwh, c.btc_per_mwh),
      c.difficulty,
      (select pg_catalog.now())
    from energy e
    cross join lateral (
      select r.miner_model, r.difficulty, r.btc_per_mwh
      from rates r
      offset 0
    ) c
    where e.is_valid
      and e.curtailed_mwh > 0
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
        where e.is_valid
          and e.curtailed_mwh > 0
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

comment on function recon.insert_cells(date, text[]) is
  'Inserts every expected calculation of these models (null = all), of which the date has none '
  'stored, and which is not blocked. Returns its source as recon.sum_source does, rates included '
  'in the fingerprint, how many it inserted, and their sums.';
