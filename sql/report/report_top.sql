create or replace function recon.report_top(
  from_date date default null,
  to_date date default null,
  max_rows integer default 10
)
returns table (
  kind text,
  name text,
  place_by_energy bigint,
  place_by_btc bigint,
  curtailed_mwh numeric,
  payment_gbp numeric,
  miner_model text,
  bitcoin_mined numeric
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  sums as (
    select
      s.kind,
      s.name,
      s.curtailed_mwh,
      s.payment_gbp,
      s.miner_model,
      s.bitcoin_mined,
      sum(s.bitcoin_mined) over (partition by s.kind, s.name) as btc
    from recon.curtailment_sums(
      '{farm,lead_party}', report_top.from_date, report_top.to_date, null, null
    ) s
  ),
  placed as (
    select
      s.kind,
      s.name,
      dense_rank() over (
        partition by s.kind order by s.curtailed_mwh desc, s.name
      ) as by_energy,
      dense_rank() over (partition by s.kind order by s.btc desc nulls last, s.name) as by_btc,
      s.curtailed_mwh,
      s.payment_gbp,
      s.miner_model,
      s.bitcoin_mined
    from sums s
  )
  select
    replace(p.kind, '_', ' '),
    p.name,
    p.by_energy,
    p.by_btc,
    p.curtailed_mwh,
    p.payment_gbp,
    p.miner_model,
    p.bitcoin_mined
  from placed p
  where p.by_energy <= report_top.max_rows
    or p.by_btc <= report_top.max_rows
  order by p.kind, p.by_energy, p.miner_model
$$;

comment on function recon.report_top(date, date, integer) is
  'The farms and lead parties with the most curtailed energy (MWh) or BTC, as the records are now: '
  'the first max_rows by either, a row per miner model. BTC is energy times the rate of each day, '
  'rounded to 8 decimals (stored calculations round each half hour, to 12). Cells of invalid '
  'source are left out, payments beyond 1e9 GBP too. Error 22023 for a range it cannot use.';
