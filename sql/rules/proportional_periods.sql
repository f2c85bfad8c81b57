-- What was estimated from a half hour has its farms, so only such half hours are looked at in full.
create or replace function recon.proportional_periods(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  twins as materialized (
    select a.settlement_date, a.settlement_period
    from recon.source_periods a
    join recon.source_periods b
      on b.settlement_date = a.settlement_date
      and b.settlement_period = a.settlement_period - bigint '1'
      and b.farm_set = a.farm_set
    where a.settlement_date = any (proportional_periods.settlement_dates)
      and a.farms >= 6
      and a.settlement_period between 2 and 50
      and a.fingerprint <> b.fingerprint
  ),
  cells as (
    select
      r.settlement_date,
      r.settlement_period,
      r.farm_id,
      ln(sum(abs(r.volume))::double precision) as log_mwh
    from public.curtailment_records r
    where r.settlement_date = any (proportional_periods.settlement_dates)
      and abs(r.volume) <= recon.largest_volume()
      and (r.settlement_date, r.settlement_period) in (
        select t.settlement_date, t.settlement_period from twins t
        union all
        select t.settlement_date, t.settlement_period - 1 from twins t
      )
    group by r.settlement_date, r.settlement_period, r.farm_id
    having sum(abs(r.volume)) > 2
  ),
  steps as (
    select
      c.settlement_date,
      c.settlement_period,
      c.settlement_period - lag(c.settlement_period) over w as half_hours,
      c.log_mwh - lag(c.log_mwh) over w as log_ratio
    from cells c
    window w as (
      partition by c.settlement_date, c.farm_id order by c.settlement_period
    )
  ),
  ratios as (
    select s.settlement_date, s.settlement_period, exp(avg(s.log_ratio)) as factor
    from steps s
    where s.half_hours = 1
      and s.log_ratio <> 0
      and (s.settlement_date, s.settlement_period) in (
        select t.settlement_date, t.settlement_period from twins t
      )
    group by s.settlement_date, s.settlement_period
    having count(*) >= 6
      and stddev_pop(s.log_ratio) < 0.005
  )
  select
    r.settlement_date,
    'proportional_periods',
    '',
    array_agg(r.settlement_period order by r.settlement_period),
    'critical',
    format(
      'periods %s are the half hours before them, times %s',
      recon.period_list(array_agg(r.settlement_period)),
      string_agg(round(r.factor::numeric, 3)::text, ', ' order by r.settlement_period)
    ),
    format(
      'they were estimated: fetch %s again, then recon-kit load --replace FILE',
      r.settlement_date
    )
  from ratios r
  group by r.settlement_date
$$;

comment on function recon.proportional_periods(date[]) is
  'Rule: half hours with the farms of the one before, six or more, in which each has what it had '
  'there times one factor.';
