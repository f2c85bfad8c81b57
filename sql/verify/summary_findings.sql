create or replace function recon.summary_findings(
  from_date date default null,
  to_date date default null
)
returns table (finding text, first_date date)
language sql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  bounds as (
    select
      recon.clamp_date(coalesce(summary_findings.from_date, '-infinity')) as first_date,
      recon.clamp_date(coalesce(summary_findings.to_date, 'infinity')) as last_date
  ),
  off as (
    select 'daily summary' as finding, d.key::date as first_date
    from bounds b
    cross join recon.published_differences(
      'bitcoin_daily_summaries',
      array(
        select (s.summary_date, s.miner_model, s.bitcoin_mined)::recon.published_sum
        from recon.daily_sums s
        where s.summary_date between b.first_date and b.last_date
      ),
      b.first_date::text,
      b.last_date::text
    ) d

    union
    select 'monthly summary', to_date(year_month, 'YYYY-MM')
    from recon.monthly_sums_def d
    full join recon.monthly_sums s using (year_month, miner_model)
    where (d.bitcoin_mined, d.calculations, d.days)
      is distinct from (s.bitcoin_mined, s.calculations, s.days)
    union
    select
      'monthly summary',
      case
        when p.key ~ '^\d{4}-(0[1-9]|1[0-2])$' then to_date(p.key, 'YYYY-MM')
        else recon.clamp_date('-infinity')
      end
    from recon.published_differences(
      'bitcoin_monthly_summaries',
      array(
        select (d.year_month, d.miner_model, d.bitcoin_mined)::recon.published_sum
        from recon.monthly_sums_def d
      ),
      null,
      null
    ) p

    union
    select 'yearly summary', make_date(year, 1, 1)
    from recon.yearly_sums_def d
    full join recon.yearly_sums s using (year, miner_model)
    where (d.bitcoin_mined, d.calculations, d.days)
      is distinct from (s.bitcoin_mined, s.calculations, s.days)
    union
    select
      'yearly summary',
      case
        when p.key ~ '^[1-9]\d{3}$' then to_date(p.key, 'YYYY')
        else recon.clamp_date('-infinity')
      end
    from recon.published_differences(
      'bitcoin_yearly_summaries',
      array(
        select (d.year, d.miner_model, d.bitcoin_mined)::recon.published_sum
        from recon.yearly_sums_def d
      ),
      null,
      null
    ) p
  )
  select o.finding, o.first_date
  from off o
  cross join bounds b
  where o.finding = 'daily summary'
    or o.first_date between date_trunc('year', b.first_date)::date and b.last_date
$$;

comment on function recon.summary_findings(date, date) is
  'The days of a range whose published summary is not the kit''s, and the months and years whose '
  'summary is not the sum of its days, in recon or as published, each by its first date.';
