-- Two scans in one pass each, which parallel workers share.
create or replace function recon.fingerprint_findings(from_date date, to_date date)
returns table (settlement_date date, finding text, cells bigint)
language sql stable parallel restricted
as $$
  with
  source as (
    select
      r.settlement_date,
      sum(recon.record_hash(r.settlement_period, r.farm_id, r.volume)) as fingerprint
    from public.curtailment_records r
    where r.settlement_date >= coalesce(from_date, '-infinity')
      and r.settlement_date <= coalesce(to_date, 'infinity')
    group by r.settlement_date
  ),
  rates as (
    select r.settlement_date, sum(recon.rate_hash(r.miner_model, r.btc_per_mwh)) as fingerprint
    from recon.mining_rates r
    where r.is_active
      and r.settlement_date >= coalesce(from_date, '-infinity')
      and r.settlement_date <= coalesce(to_date, 'infinity')
    group by r.settlement_date
  ),
  stored as (
    select
      h.settlement_date,
      h.miner_model,
      sum(h.bitcoin_mined) as bitcoin_mined,
      count(*) as calculations,
      sum(
        recon.calculation_hash(
          h.settlement_period, h.farm_id, h.miner_model, h.bitcoin_mined, h.difficulty
        )
      ) as fingerprint
    from public.historical_bitcoin_calculations h
    where h.settlement_date >= coalesce(from_date, '-infinity')
      and h.settlement_date <= coalesce(to_date, 'infinity')
    group by h.settlement_date, h.miner_model
  ),
  stored_days as (
    select s.settlement_date, sum(s.fingerprint) as fingerprint
    from stored s
    group by s.settlement_date
  ),
  known as (
    select d.settlement_date, d.outcome, d.source_fingerprint, d.derived_fingerprint
    from recon.days d
    where d.settlement_date >= coalesce(from_date, '-infinity')
      and d.settlement_date <= coalesce(to_date, 'infinity')
  )
  select k.settlement_date, 'source', null::bigint
  from known k
  left join source s on s.settlement_date = k.settlement_date
  left join rates r on r.settlement_date = k.settlement_date
  where coalesce(k.source_fingerprint, 0)
    <> coalesce(s.fingerprint, 0) + coalesce(r.fingerprint, 0)

  union all
  select k.settlement_date, 'calculations', null
  from known k
  left join stored_days s on s.settlement_date = k.settlement_date
  where coalesce(k.derived_fingerprint, 0) <> coalesce(s.fingerprint, 0)

  union all
  select k.settlement_date, g.kind, count(*)
  from known k
  cross join lateral recon.day_gaps(k.settlement_date) g
  where k.outcome = 'blocked'
    and g.kind in ('blocked', 'invalid_source')
  group by k.settlement_date, g.kind

  union all
  select d.settlement_date, 'unknown', null
  from recon.settlement_dates(from_date, to_date) d
  where not exists (select from known k where k.settlement_date = d.settlement_date)

  union all
  select settlement_date, 'daily summary', null
  from stored s
  full join (
    select b.summary_date as settlement_date, b.miner_model, b.bitcoin_mined, b.calculations
    from recon.daily_sums b
    where b.summary_date >= coalesce(from_date, '-infinity')
      and b.summary_date <= coalesce(to_date, 'infinity')
  ) b using (settlement_date, miner_model)
  where (s.bitcoin_mined, s.calculations) is distinct from (b.bitcoin_mined, b.calculations)
  group by settlement_date
$$;

comment on function recon.fingerprint_findings(date, date) is
  'What is off in a range, by hashes: source (energy or rates other than when the day was '
  'reconciled), calculations (stored rows other than then), unknown (never reconciled), the '
  'cells of blocked days that are blocked or of invalid source, and the daily summaries that are '
  'not the sum of their rows.';
