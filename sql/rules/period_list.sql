create or replace function recon.period_list(periods integer[])
returns text
language sql immutable parallel safe
as $$
  select string_agg(
    case when b.first = b.last then b.first::text else b.first || ' to ' || b.last end,
    ', '
    order by b.first
  )
  from (
    select min(p.period) as first, max(p.period) as last
    from (
      select u.period, u.period - row_number() over (order by u.period) as block
      from (select distinct unnest(period_list.periods)) u (period)
    ) p
    group by p.block
  ) b
$$;

comment on function recon.period_list(integer[]) is
  'Periods as people write them: 1 to 5, 17, 45 to 48. Null for null.';
