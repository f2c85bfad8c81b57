-- One pass over the source of the day and one over what is stored of it, which looks its energy and
-- its rate up. Which cells lack a row is asked only where fewer rows were expected than there
-- should be, and where a child of the table may have a key a second time. What is found travels as
-- a value to the statements that write: each of them names its one date. The settings have it look
-- up by hashes also where the planner knows nothing of a table yet, and plan once a session.
create or replace function recon.compare_day(
  settlement_date date,
  with_fingerprints boolean,
  out source_rows integer,
  out curtailed_mwh numeric,
  out invalid_keys integer,
  out source_fingerprint numeric,
  out gaps recon.gap[],
  out sums recon.model_sum[],
  out is_held boolean
)
language plpgsql stable parallel safe cost 100000
set jit = off
set enable_seqscan = off
set enable_mergejoin = off
set enable_nestloop = off
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
      e.curtailed_mwh > 0 or not e.is_valid as has_cells,
      e.fingerprint
    from recon.curtailed_energy e
    where e.settlement_date = compare_day.settlement_date
  ),
  rates as materialized (
    select m.miner_model, r.difficulty, r.btc_per_mwh
    from recon.miner_models m
    left join recon.mining_rates r
      on r.settlement_date = compare_day.settlement_date
      and r.miner_model = m.miner_model
    where m.is_active
  ),
  stored as materialized (
    select
      s.miner_model,
      s.is_expected,
      sum(coalesce(s.expected_btc, s.stored_btc)) as bitcoin_mined,
      count(*) as stored_rows,
      count(coalesce(s.expected_btc, s.stored_btc)) as calculations,
      sum(
        case
          when compare_day.with_fingerprints then recon.calculation_hash(
            s.settlement_period,
            s.farm_id,
            s.miner_model,
            coalesce(s.expected_btc, s.stored_btc),
            coalesce(s.expected_difficulty, s.stored_difficulty)
          )
        end
      ) as fingerprint,
      array_agg(
        (
          s.settlement_period,
          s.farm_id,
          s.miner_model,
          case
            when not s.is_expected then 'orphan'
            when s.stored_difficulty is distinct from s.expected_difficulty then 'stale'
            else 'wrong'
          end,
          s.expected_btc,
          s.expected_difficulty,
          s.stored_btc,
          s.stored_difficulty
        )::recon.gap
      ) filter (
        where not s.is_expected
          or s.expected_btc is not null
            and (s.stored_btc, s.stored_difficulty)
              is distinct from (s.expected_btc, s.expected_difficulty)
      ) as gaps
    from (
      select
        h.settlement_period::integer as settlement_period,
        h.farm_id,
        h.miner_model,
        e.is_valid is not null and r.miner_model is not null as is_expected,
        case when e.is_valid then recon.btc_mined(e.curtailed_mwh, r.btc_per_mwh) end
          as expected_btc,
        case when e.is_valid then r.difficulty end as expected_difficulty,
        h.bitcoin_mined::numeric as stored_btc,
        h.difficulty::numeric as stored_difficulty
      from public.historical_bitcoin_calculations h
      left join energy e
        on e.has_cells
        and e.settlement_period = h.settlement_period
        and e.farm_id = h.farm_id
      left join rates r on r.miner_model = h.miner_model
      where h.settlement_date = compare_day.settlement_date
      offset 0
    ) s
    group by s.miner_model, s.is_expected
  ),
  missing as materialized (
    select
      e.settlement_period,
      e.farm_id,
      r.miner_model,
      recon.btc_mined(e.curtailed_mwh, r.btc_per_mwh) as bitcoin_mined,
      r.difficulty
    from energy e
    cross join rates r
    where e.has_cells
      and e.is_valid
      and r.btc_per_mwh is not null
      and (
        (select coalesce(sum(s.stored_rows), 0) from stored s where s.is_expected)
          <> (select count(*) from energy c where c.has_cells) * (select count(*) from rates)
        or (
          select c.relkind = 'r' and c.relhassubclass
          from pg_catalog.pg_class c
          where c.oid = to_regclass('public.historical_bitcoin_calculations')
        )
      )
      and not exists (
        select
        from public.historical_bitcoin_calculations h
        where h.settlement_date = compare_day.settlement_date
          and h.settlement_period = e.settlement_period
          and h.farm_id = e.farm_id
          and h.miner_model = r.miner_model
      )
  ),
  model_sums as (
    select s.miner_model, s.bitcoin_mined, s.calculations, s.fingerprint
    from stored s
    where s.is_expected
      and s.calculations > 0
    union all
    select
      m.miner_model,
      sum(m.bitcoin_mined),
      count(*),
      sum(
        recon.calculation_hash(
          m.settlement_period, m.farm_id, m.miner_model, m.bitcoin_mined, m.difficulty
        )
      )
    from missing m
    group by m.miner_model
  )
  select
    coalesce(sum(e.source_rows), 0),
    coalesce(sum(e.curtailed_mwh) filter (where e.is_valid), 0),
    count(*) filter (where not e.is_valid),
    coalesce(sum(e.fingerprint), 0),
    array(
      select (
        m.settlement_period,
        m.farm_id,
        m.miner_model,
        'missing',
        m.bitcoin_mined,
        m.difficulty,
        null,
        null
      )::recon.gap
      from missing m
      union all
      select g
      from stored s
      cross join unnest(s.gaps) g
    ),
    array(
      select (
        s.miner_model, sum(s.bitcoin_mined), sum(s.calculations), sum(s.fingerprint)
      )::recon.model_sum
      from model_sums s
      group by s.miner_model
    ),
    coalesce(
      bool_or(e.has_cells and (not e.is_valid or r.are_unknown)) and bool_or(r.are_there), false
    )
  into source_rows, curtailed_mwh, invalid_keys, source_fingerprint, gaps, sums, is_held
  from energy e
  cross join (
    select count(*) > 0 as are_there, count(*) > count(r.btc_per_mwh) as are_unknown from rates r
  ) r;
end
$$;

comment on function recon.compare_day(date, boolean) is
  'The source of a date: its rows, its energy (MWh, of valid keys), how many periods and farms '
  'have energy that cannot be right, and the sum of the hashes of its rows. Then the gaps that a '
  'repair has to write, and the sums of what is stored after it, with the sum of its hashes if '
  'that is asked for; is_held where it has cells that nothing can be compared with: their source '
  'is invalid, or the date is blocked.';
