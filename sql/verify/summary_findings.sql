create or replace function recon.summary_findings()
returns table (finding text, first_date date)
language sql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select 'monthly summary', to_date(year_month, 'YYYY-MM')
  from recon.bitcoin_monthly_summaries_def d
  full join public.bitcoin_monthly_summaries s using (year_month, miner_model)
  where (d.bitcoin_mined, d.calculations, d.days)
    is distinct from (s.bitcoin_mined, s.calculations, s.days)
  group by year_month

  union all
  select 'yearly summary', make_date(year, 1, 1)
  from recon.bitcoin_yearly_summaries_def d
  full join public.bitcoin_yearly_summaries s using (year, miner_model)
  where (d.bitcoin_mined, d.calculations, d.days)
    is distinct from (s.bitcoin_mined, s.calculations, s.days)
  group by year
$$;

comment on function recon.summary_findings() is
  'The months and years whose summary is not the sum of its days, by their first date.';
