create or replace function recon.periods_beside(
  settlement_date date,
  first_period integer,
  last_period integer,
  out farms_before integer,
  out farms_after integer,
  out half_hours integer
)
language sql stable
as $$
  select
    b.farms,
    a.farms,
    (
      select coalesce(sum(recon.settlement_periods_in_day(b.settlement_date + n)), 0)::integer
      from generate_series(0, a.settlement_date - b.settlement_date - 1) n
    ) + a.settlement_period - b.settlement_period - 1
  from (
    select p.settlement_date, p.settlement_period, p.farms
    from recon.source_periods p
    where (p.settlement_date, p.settlement_period)
      < (periods_beside.settlement_date, periods_beside.first_period)
    order by p.settlement_date desc, p.settlement_period desc
    limit 1
  ) b
  cross join (
    select p.settlement_date, p.settlement_period, p.farms
    from recon.source_periods p
    where (p.settlement_date, p.settlement_period)
      > (periods_beside.settlement_date, periods_beside.last_period)
    order by p.settlement_date, p.settlement_period
    limit 1
  ) a
  where a.settlement_date - b.settlement_date <= 15
$$;

comment on function recon.periods_beside(date, integer, integer) is
  'Farms with a row in the last half hour before these periods of a date and in the first after, '
  'and how many lie between the two, by the calendar; nulls where there is none within two '
  'weeks.';
