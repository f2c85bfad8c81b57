-- Days that are right are told apart first: by workers that share the table of days. A date that is
-- not in it is looked at too, because neither days nor changes are trusted.
create or replace function recon.cell_findings(from_date date, to_date date)
returns table (settlement_date date, finding text, cells bigint)
language sql stable parallel restricted
as $$
  with
  keys as materialized (
    select exists (
      select from recon.shape_gaps g
      where (g.table_name, g.reason) = ('public.historical_bitcoin_calculations', 'key')
    ) as lack
  ),
  unknown as materialized (
    select d.settlement_date
    from recon.settlement_dates(from_date, to_date) d
    where not exists (select from recon.days k where k.settlement_date = d.settlement_date)
  ),
  off as materialized (
    select d.settlement_date
    from recon.days d
    where d.settlement_date >= coalesce(from_date, '-infinity')
      and d.settlement_date <= coalesce(to_date, 'infinity')
      and not recon.is_right(d.settlement_date)
    union
    select u.settlement_date
    from unknown u
    where not recon.is_right(u.settlement_date)
    union
    select d.settlement_date
    from recon.settlement_dates(from_date, to_date) d
    where (select k.lack from keys k)
  ),
  compared as (
    select
      o.settlement_date,
      c.miner_model,
      c.kind,
      count(*) as cells,
      sum(c.stored_btc) as bitcoin_mined,
      count(c.stored_btc) as calculations
    from off o
    cross join lateral recon.day_cells(o.settlement_date) c
    group by o.settlement_date, c.miner_model, c.kind
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
  where c.kind is not null
  group by c.settlement_date, c.kind
  having c.kind in ('blocked', 'invalid_source')
    or recon.blocking_reason(c.settlement_date) is null

  union all
  select h.settlement_date, 'duplicate', sum(h.copies)::bigint
  from (
    select h.settlement_date, count(*) - 1 as copies
    from off o
    join public.historical_bitcoin_calculations h on h.settlement_date = o.settlement_date
    where (select k.lack from keys k)
    group by h.settlement_date, h.settlement_period, h.farm_id, h.miner_model
    having count(*) > 1
  ) h
  group by h.settlement_date

  union all
  select settlement_date, 'daily summary', null
  from sums s
  full join (
    select b.summary_date as settlement_date, b.miner_model, b.bitcoin_mined, b.calculations
    from off o
    join recon.daily_sums b on b.summary_date = o.settlement_date
  ) b using (settlement_date, miner_model)
  where (s.bitcoin_mined, s.calculations) is distinct from (b.bitcoin_mined, b.calculations)
  group by settlement_date
$$;

comment on function recon.cell_findings(date, date) is
  'What is off in a range, recomputed from the source: the gaps that a run would repair and the '
  'cells that are blocked or of invalid source, by date and kind, the rows that are there more '
  'than once, and the daily summaries that are not the sum of their rows.';
