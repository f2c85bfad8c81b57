-- What "execute" runs may use parallel workers, which no other way of keeping a result may.
create or replace function recon.verify(
  from_date date default null,
  to_date date default null,
  depth text default 'cells'
)
returns table (settlement_date date, finding text, cells bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set min_parallel_table_scan_size = 0
as $$
declare
  v_first date := recon.clamp_date(coalesce(verify.from_date, '-infinity'));
  v_last date := recon.clamp_date(coalesce(verify.to_date, 'infinity'));
  v_dates date[];
  v_findings text[];
  v_cells bigint[];
  v_unnoted boolean[];
begin
  perform recon.require_capture('key');
  perform recon.require_range(verify.from_date, verify.to_date);
  if verify.depth is null or verify.depth not in ('cells', 'fingerprints') then
    raise exception 'depth is %', quote_nullable(verify.depth)
      using errcode = 'invalid_parameter_value', hint = 'Use cells or fingerprints.';
  end if;

  execute format(
    'select array_agg(f.settlement_date), array_agg(f.finding), array_agg(f.cells),'
    ' array_agg(recon.is_unnoted(f.settlement_date) and f.finding <> all ($3))'
    ' from recon.%I($1, $2) f',
    case verify.depth when 'cells' then 'cell_findings' else 'fingerprint_findings' end
  )
  into v_dates, v_findings, v_cells, v_unnoted
  using v_first, v_last, array['blocked', 'invalid_source'];
  perform recon.announce_tampering(v_dates, v_findings, v_cells, v_unnoted);

  return query
  with
  off as materialized (
    select f.settlement_date, f.finding, f.cells
    from unnest(v_dates, v_findings, v_cells) f (settlement_date, finding, cells)
  ),
  unproven as materialized (
    select u.settlement_date, u.finding, u.cells from recon.unproven_days(v_first, v_last) u
  ),
  summaries_off as materialized (
    select f.first_date as settlement_date, f.finding
    from recon.summary_findings(v_first, v_last) f
  ),
  pending as (
    insert into recon.changes (settlement_date, reason, changed_at)
    select distinct o.settlement_date, 'verification', pg_catalog.now()
    from (
      select f.settlement_date
      from off f
      where f.finding not in ('blocked', 'invalid_source')
      union
      select s.settlement_date
      from summaries_off s
      where s.finding = 'daily summary'
    ) o
    where not exists (select from unproven u where u.settlement_date = o.settlement_date)
  ),
  out_of_date as (
    insert into recon.summary_changes (changed_at)
    select pg_catalog.now()
    where exists (select from summaries_off s where s.finding <> 'daily summary')
  ),
  proven as (
    select d.settlement_date
    from recon.days d
    where verify.depth = 'cells'
      and d.outcome = 'reconciled'
      and d.settlement_date between v_first and v_last
      and not exists (select from off o where o.settlement_date = d.settlement_date)
      and not exists (
        select
        from summaries_off s
        where (s.settlement_date, s.finding) = (d.settlement_date, 'daily summary')
      )
    for update of d skip locked
  ),
  noted as (
    update recon.days d
    set verified_at = pg_catalog.now()
    from proven p
    where d.settlement_date = p.settlement_date
  )
  select o.settlement_date, o.finding, o.cells
  from off o
  union all
  select u.settlement_date, u.finding, u.cells
  from unproven u
  union all
  select s.settlement_date, s.finding, null
  from summaries_off s
  where not exists (
    select from off o where (o.settlement_date, o.finding) = (s.settlement_date, s.finding)
  )
  union all
  select null, format('capture gap: %s: %s', g.table_name, g.finding), null
  from recon.capture_gaps() g
  order by 1, 2;
end
$$;

comment on function recon.verify(date, date, text) is
  'Proves the range without trusting days or changes: recomputes every cell from the source '
  '(depth cells) or compares hashes with those kept at the last reconciliation (depth '
  'fingerprints), and all three summaries with what they sum up. Returns what is off, and makes '
  'its days pending. What it cannot prove, and no run can mend, is named and left as it is: days '
  'blocked, failed or skipped, cells of invalid source, and without a date whatever belongs to no '
  'day, and how a change can pass unnoticed now. Error 22023 for a range or depth it cannot use, '
  '55000 where what it would read is not the table that the kit watches.';
