create or replace function recon.cell_findings(from_date date, to_date date)
returns table (settlement_date date, finding text, cells bigint)
language sql stable
set enable_seqscan = off
as $$
  with
  compared as (
    select
      d.settlement_date,
      c.miner_model,
      c.kind,
      count(*) as cells,
      sum(c.stored_btc) as bitcoin_mined,
      count(c.stored_btc) as calculations
    from recon.settlement_dates(from_date, to_date) d
    cross join lateral recon.day_cells(d.settlement_date) c
    group by d.settlement_date, c.miner_model, c.kind
  ),
  sums as (
    select
      c.settlement_date,
      c.miner_model,
      sum(c.bitcoin_mined) as bitcoin_mined,
      sum(c.calculations) as calculations
    from compared c
    where c.calculations > 0
    group by c.settlement_date, c.miner_model
  )
  select c.settlement_date, c.kind, sum(c.cells)::bigint
  from compared c
  where c.kind in ('missing', 'stale', 'wrong', 'orphan')
  group by c.settlement_date, c.kind
  having recon.blocking_reason(c.settlement_date) is null

  union all
  select settlement_date, 'daily summary', null
  from sums s
  full join (
    select b.summary_date as settlement_date, b.miner_model, b.bitcoin_mined, b.calculations
    from public.bitcoin_daily_summaries b
    where b.summary_date >= coalesce(from_date, '-infinity')
      and b.summary_date <= coalesce(to_date, 'infinity')
  ) b using (settlement_date, miner_model)
  where (s.bitcoin_mined, s.calculations) is distinct from (b.bitcoin_mined, b.calculations)
  group by settlement_date
$$;

comment on function recon.cell_findings(date, date) is
  'What is off in a range, recomputed from the source: the gaps that a run would repair, by date '
  'and kind, and the daily summaries that are not the sum of their rows.';
