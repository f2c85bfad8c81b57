create or replace function recon.day_findings(settlement_date date, depth text)
returns table (finding text, cells bigint)
language sql stable
as $$
  select g.kind, count(*)
  from recon.day_gaps(day_findings.settlement_date) g
  where day_findings.depth = 'cells'
    and g.kind in ('missing', 'stale', 'wrong', 'orphan')
    and recon.blocking_reason(day_findings.settlement_date) is null
  group by g.kind

  union all
  select 'source', null
  from recon.days d
  where day_findings.depth = 'fingerprints'
    and d.settlement_date = day_findings.settlement_date
    and d.source_fingerprint is distinct from (
      select s.fingerprint + recon.rates_fingerprint(day_findings.settlement_date)
      from recon.sum_source(day_findings.settlement_date) s
    )

  union all
  select 'calculations', null
  from recon.days d
  where day_findings.depth = 'fingerprints'
    and d.settlement_date = day_findings.settlement_date
    and d.derived_fingerprint is distinct from (
      select coalesce(
        sum(
          recon.calculation_hash(
            h.settlement_period, h.farm_id, h.miner_model, h.bitcoin_mined, h.difficulty
          )
        ),
        0
      )
      from public.historical_bitcoin_calculations h
      where h.settlement_date = day_findings.settlement_date
    )

  union all
  select 'unknown', null
  where day_findings.depth = 'fingerprints'
    and not exists (
      select from recon.days d where d.settlement_date = day_findings.settlement_date
    )

  union all
  select 'daily summary', null
  from (
    select h.miner_model, sum(h.bitcoin_mined) as bitcoin_mined, count(*) as calculations
    from public.historical_bitcoin_calculations h
    where h.settlement_date = day_findings.settlement_date
    group by h.miner_model
  ) s
  full join (
    select b.miner_model, b.bitcoin_mined, b.calculations
    from public.bitcoin_daily_summaries b
    where b.summary_date = day_findings.settlement_date
  ) b using (miner_model)
  where (s.bitcoin_mined, s.calculations) is distinct from (b.bitcoin_mined, b.calculations)
  having count(*) > 0
$$;

comment on function recon.day_findings(date, text) is
  'What is off on a date. Depth cells: its gaps that a run would repair, recomputed from the '
  'source. Depth fingerprints: source (energy or rates other than when it was reconciled), '
  'calculations (stored rows other than then), unknown (never reconciled). Both: daily summary.';
