-- One index probe per date and table instead of a scan: a table of millions of rows has a few
-- thousand dates.
create or replace function recon.settlement_dates(from_date date, to_date date)
returns table (settlement_date date)
language sql stable security definer parallel restricted
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with recursive
  bounds as (
    select
      recon.clamp_date(coalesce(from_date, '-infinity')) as first_date,
      recon.clamp_date(coalesce(to_date, 'infinity')) as last_date
  ),
  source_dates as (
    select min(r.settlement_date) as settlement_date
    from public.curtailment_records r
    where r.settlement_date >= (select b.first_date from bounds b)
    union all
    select (
      select min(r.settlement_date)
      from public.curtailment_records r
      where r.settlement_date > p.settlement_date
    )
    from source_dates p
    where p.settlement_date < (select b.last_date from bounds b)
  ),
  stored_dates as (
    select min(h.settlement_date) as settlement_date
    from public.historical_bitcoin_calculations h
    where h.settlement_date >= (select b.first_date from bounds b)
    union all
    select (
      select min(h.settlement_date)
      from public.historical_bitcoin_calculations h
      where h.settlement_date > p.settlement_date
    )
    from stored_dates p
    where p.settlement_date < (select b.last_date from bounds b)
  ),
  dates as (
    select s.settlement_date from source_dates s
    union
    select s.settlement_date from stored_dates s
    union
    select b.summary_date from public.bitcoin_daily_summaries b
    union
    select b.summary_date from recon.daily_sums b
    union
    select d.settlement_date from recon.days d
  )
  select d.settlement_date
  from dates d
  cross join bounds b
  where d.settlement_date between b.first_date and b.last_date
$$;

comment on function recon.settlement_dates(date, date) is
  'Every date of the range that has source rows, calculations, a summary or a row in days; none '
  'that lies outside the calendar (recon.has_day).';
