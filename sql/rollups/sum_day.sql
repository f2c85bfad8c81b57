create or replace function recon.sum_day(
  settlement_date date,
  out calculations integer,
  out fingerprint numeric
)
language sql volatile
as $$
  with
  sums as materialized (
    select
      h.miner_model,
      sum(h.bitcoin_mined) as bitcoin_mined,
      count(*) as calculations,
      sum(
        recon.calculation_hash(
          h.settlement_period, h.farm_id, h.miner_model, h.bitcoin_mined, h.difficulty
        )
      ) as fingerprint
    from public.historical_bitcoin_calculations h
    where h.settlement_date = sum_day.settlement_date
    group by h.miner_model
  ),
  removed as (
    delete from public.bitcoin_daily_summaries b
    where b.summary_date = sum_day.settlement_date
      and not exists (select from sums s where s.miner_model = b.miner_model)
  ),
  written as (
    insert into public.bitcoin_daily_summaries as b (
      summary_date, miner_model, bitcoin_mined, calculations, updated_at
    )
    select sum_day.settlement_date, s.miner_model, s.bitcoin_mined, s.calculations, recon.now()
    from sums s
    on conflict (summary_date, miner_model) do update
    set bitcoin_mined = excluded.bitcoin_mined,
      calculations = excluded.calculations,
      updated_at = excluded.updated_at
    where (b.bitcoin_mined, b.calculations)
      is distinct from (excluded.bitcoin_mined, excluded.calculations)
  )
  select coalesce(sum(s.calculations), 0)::integer, coalesce(sum(s.fingerprint), 0)
  from sums s
$$;

comment on function recon.sum_day(date) is
  'Brings the daily summaries of a date in line with its stored rows, touching none that is '
  'right; returns the number of stored rows and the sum of their hashes.';
