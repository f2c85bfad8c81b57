create or replace function recon.load_overlap(
  load_id bigint,
  out dates bigint,
  out stored_dates bigint,
  out first_date date,
  out rows_before bigint,
  out rows_after bigint,
  out mwh_before numeric,
  out mwh_after numeric
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select
    count(*),
    count(*) filter (where r.stored_rows > 0),
    min(d.settlement_date) filter (where r.stored_rows > 0),
    coalesce(sum(r.stored_rows), 0),
    coalesce(sum(d.file_rows), 0),
    coalesce(sum(r.mwh), 0),
    coalesce(sum(d.mwh), 0)
  from (
    select
      s.settlement_date::date as settlement_date,
      count(*) as file_rows,
      sum(abs(s.volume::numeric)) as mwh
    from recon.staged_records s
    where s.load_id = load_overlap.load_id
      and s.line_no not in (select b.line_no from recon.bad_lines(load_overlap.load_id) b)
    group by s.settlement_date::date
  ) d
  cross join lateral (
    select
      count(*) as stored_rows,
      sum(abs(r.volume)) filter (where abs(r.volume) <= recon.largest_volume()) as mwh
    from public.curtailment_records r
    where r.settlement_date = d.settlement_date
  ) r
$$;

comment on function recon.load_overlap(bigint) is
  'The dates of the good lines of a load, how many of these have records already, the first that '
  'has, and rows and energy (MWh) on these dates now and in the file.';
