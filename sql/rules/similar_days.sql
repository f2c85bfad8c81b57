-- Which farms are held down in which half hours is as good as a fingerprint: of ten and more, two
-- days do not share it by chance. What came later is the copy. Where the same farms are held down
-- on many days, each is compared with the fifteen on either side, and the energy of the half hours
-- has to go along before any record is read.
create or replace function recon.similar_days(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  sets as materialized (
    select
      p.settlement_date,
      p.settlement_period,
      p.farm_set,
      p.fingerprint,
      ln(nullif(p.curtailed_mwh, 0)::double precision) as log_mwh,
      row_number() over w as n,
      lag(p.settlement_date) over w is not null or lead(p.settlement_date) over w is not null
        as is_shared
    from recon.source_periods p
    cross join recon.settings s
    where p.farms >= s.source_copy_rows
      and p.farm_set in (
        select a.farm_set
        from recon.source_periods a
        where a.settlement_date = any (similar_days.settlement_dates)
      )
    window w as (partition by p.farm_set, p.settlement_period order by p.settlement_date)
  ),
  pairs as materialized (
    select
      p.settlement_date,
      o.settlement_date as other_date,
      array_agg(p.settlement_period order by p.settlement_period) as periods
    from sets p
    cross join generate_series(-15, 15) g (step)
    join sets o
      on o.farm_set = p.farm_set
      and o.settlement_period = p.settlement_period
      and o.n = p.n + g.step
      and o.settlement_date <> p.settlement_date
    join recon.source_days d on d.settlement_date = p.settlement_date
    join recon.source_days e on e.settlement_date = o.settlement_date
    where p.settlement_date = any (similar_days.settlement_dates)
      and p.is_shared
      and p.fingerprint <> o.fingerprint
      and d.fingerprint <> e.fingerprint
      and (e.changed_at, e.settlement_date) < (d.changed_at, d.settlement_date)
    group by p.settlement_date, o.settlement_date
    having count(*) >= greatest(4, 0.6 * (
        select count(*)
        from recon.source_periods a
        cross join recon.settings s
        where a.settlement_date = p.settlement_date
          and a.farms >= s.source_copy_rows
      ))
      and stddev_pop(p.log_mwh - o.log_mwh) < 0.12
  ),
  ratios as (
    select
      x.settlement_date,
      x.other_date,
      count(*) as cells,
      percentile_cont(0.5) within group (order by a.log_mwh - b.log_mwh) as center,
      stddev_pop(a.log_mwh - b.log_mwh) as spread
    from pairs x
    cross join lateral unnest(x.periods) n (settlement_period)
    join lateral (
      select r.farm_id, ln(sum(abs(r.volume))::double precision) as log_mwh
      from public.curtailment_records r
      where r.settlement_date = x.settlement_date
        and r.settlement_period = n.settlement_period
        and abs(r.volume) <= recon.largest_volume()
      group by r.farm_id
      having sum(abs(r.volume)) > 1
    ) a on true
    join lateral (
      select r.farm_id, ln(sum(abs(r.volume))::double precision) as log_mwh
      from public.curtailment_records r
      where r.settlement_date = x.other_date
        and r.settlement_period = n.settlement_period
        and abs(r.volume) <= recon.largest_volume()
      group by r.farm_id
      having sum(abs(r.volume)) > 1
    ) b on b.farm_id = a.farm_id
    group by x.settlement_date, x.other_date
  ),
  judged as (
    select
      r.settlement_date,
      r.other_date,
      x.periods,
      r.center,
      r.spread < 0.02 and abs(r.center) > 0.005 as is_scaled
    from ratios r
    join pairs x on (x.settlement_date, x.other_date) = (r.settlement_date, r.other_date)
    where r.spread < 0.1
      and r.cells >= 20
  )
  select distinct on (j.settlement_date)
    j.settlement_date,
    case when j.is_scaled then 'proportional_days' else 'similar_days' end,
    j.other_date::text,
    j.periods,
    'critical',
    format(
      'periods %s have the farms of %s, and their volumes times %s%s',
      recon.period_list(j.periods),
      j.other_date,
      round(exp(j.center)::numeric, 3),
      case when not j.is_scaled then ', more or less' else '' end
    ),
    format('fetch %s again, then recon-kit load --replace FILE', j.settlement_date)
  from judged j
  order by j.settlement_date, cardinality(j.periods) desc, j.other_date
$$;

comment on function recon.similar_days(date[]) is
  'Rule: days that have the farms of another, which was there before, in most of their half hours '
  'of settings.source_copy_rows farms or more, four at least, and its volumes times one factor '
  '(proportional_days) or with noise (similar_days).';
