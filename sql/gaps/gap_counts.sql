create or replace function recon.gap_counts(
  from_date date default null,
  to_date date default null
)
returns table (settlement_date date, kind text, cells bigint, curtailed_mwh numeric)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
as $$
  select d.settlement_date, g.kind, g.cells, g.curtailed_mwh
  from recon.settlement_dates(gap_counts.from_date, gap_counts.to_date) d
  cross join lateral (
    select
      g.kind,
      count(*) as cells,
      coalesce(sum(g.curtailed_mwh) filter (where g.kind <> 'invalid_source'), 0) as curtailed_mwh
    from recon.day_gaps(d.settlement_date) g
    group by g.kind
  ) g
  where recon.require_range(gap_counts.from_date, gap_counts.to_date)
  order by d.settlement_date, g.kind
$$;

comment on function recon.gap_counts(date, date) is
  'The gaps of the range by date and kind: how many cells, and their energy in MWh, each model '
  'for itself. Error 22023 where from_date is after to_date.';
