create or replace function recon.verify(
  from_date date default null,
  to_date date default null,
  depth text default 'cells'
)
returns table (settlement_date date, finding text, cells bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set jit = off
set enable_seqscan = off
as $$
begin
  perform recon.require_range(verify.from_date, verify.to_date);
  if verify.depth is null or verify.depth not in ('cells', 'fingerprints') then
    raise exception 'depth is %', quote_nullable(verify.depth)
      using errcode = 'invalid_parameter_value', hint = 'Use cells or fingerprints.';
  end if;

  return query
  with
  dates as materialized (
    select d.settlement_date from recon.settlement_dates(verify.from_date, verify.to_date) d
  ),
  off as materialized (
    select d.settlement_date, f.finding, f.cells
    from dates d
    cross join lateral recon.day_findings(d.settlement_date, verify.depth) f
  ),
  summaries_off as materialized (
    select f.first_date as settlement_date, f.finding
    from recon.summary_findings() f
    where f.first_date >= date_trunc('year', coalesce(verify.from_date, '-infinity'))
      and f.first_date <= coalesce(verify.to_date, 'infinity')
  ),
  pending as (
    insert into recon.changes (settlement_date, reason, changed_at)
    select distinct o.settlement_date, 'verification', recon.now()
    from off o
  ),
  out_of_date as (
    insert into recon.summary_changes (changed_at)
    select recon.now()
    where exists (select from summaries_off)
  ),
  proven as (
    select d.settlement_date
    from recon.days d
    join dates t on t.settlement_date = d.settlement_date
    where verify.depth = 'cells'
      and d.outcome = 'reconciled'
      and not exists (select from off o where o.settlement_date = t.settlement_date)
    for update of d skip locked
  ),
  noted as (
    update recon.days d
    set verified_at = recon.now()
    from proven p
    where d.settlement_date = p.settlement_date
  )
  select o.settlement_date, o.finding, o.cells
  from off o
  union all
  select s.settlement_date, s.finding, null
  from summaries_off s
  order by 1, 2;
end
$$;

comment on function recon.verify(date, date, text) is
  'Proves the range without trusting days or changes: recomputes every cell from the source '
  '(depth cells) or compares hashes with those kept at the last reconciliation (depth '
  'fingerprints), and all three summaries with what they sum up. Returns what is off, and makes '
  'its days pending. Error 22023 for a range or depth it cannot use.';
