-- That a convention changed is judged by the days before it alone: the days after do not make it
-- right, however many they are.
create or replace function recon.sign_convention(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  signs as (
    select
      d.settlement_date,
      v.measure,
      v.is_other,
      min(v.is_other) over f as least_after,
      max(v.is_other) over f as most_after,
      count(*) over f as days_after,
      min(v.is_other) over p as least_before,
      max(v.is_other) over p as most_before,
      count(*) over p as days_before
    from recon.source_days d
    cross join recon.settings s
    cross join lateral (
      values
        ('volumes', (d.positive_rows > d.negative_rows)::integer),
        ('payments', (d.charged_rows > d.paid_rows)::integer)
    ) v (measure, is_other)
    where d.source_rows >= s.source_copy_rows
      and d.settlement_date >= (
        select min(u.settlement_date) - s.source_window_days
        from unnest(sign_convention.settlement_dates) u (settlement_date)
      )
    window
      f as (
        partition by v.measure order by d.settlement_date rows between current row and 13 following
      ),
      p as (
        partition by v.measure order by d.settlement_date rows between 14 preceding and 1 preceding
      )
  )
  select
    g.settlement_date,
    'sign_convention',
    g.measure,
    null::integer[],
    'critical',
    format(
      'since %s most %s are %s on each of 14 days; on the %s before they were %s',
      g.settlement_date,
      g.measure,
      case when g.is_other = (g.measure = 'volumes')::integer then 'positive' else 'negative' end,
      g.days_before,
      case when g.is_other = (g.measure = 'volumes')::integer then 'negative' else 'positive' end
    ),
    'find out which of the two is right, and load the other days again'
  from signs g
  where g.settlement_date = any (sign_convention.settlement_dates)
    and g.days_after = 14
    and g.most_after = g.least_after
    and g.days_before >= 7
    and g.most_before = g.least_before
    and g.least_before <> g.is_other
$$;

comment on function recon.sign_convention(date[]) is
  'Rule: the first of 14 days on which most volumes or payments have another sign than on each of '
  'up to 14 days before, seven at least.';
