-- That a convention changed is judged by the days before it alone: the days after do not make it
-- right, however many they are.
create or replace function recon.sign_convention(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  signs as not materialized (
    select
      d.settlement_date,
      (d.positive_rows > d.negative_rows)::integer as volumes,
      (d.paid_rows >= d.charged_rows)::integer as payments
    from recon.source_days d
    cross join recon.settings s
    where d.source_rows >= s.source_copy_rows
  )
  select
    d.settlement_date,
    'sign_convention',
    m.measure,
    null::integer[],
    'critical',
    format(
      'since %s most %s are %s on each of 14 days; on the %s before they were %s',
      d.settlement_date,
      m.measure,
      case when m.least_after = 1 then 'positive' else 'negative' end,
      b.days,
      case when m.least_after = 1 then 'negative' else 'positive' end
    ),
    'find out which of the two is right, and load the other days again'
  from signs d
  cross join lateral (
    select
      count(*) as days,
      min(n.volumes) as least_volumes,
      max(n.volumes) as most_volumes,
      min(n.payments) as least_payments,
      max(n.payments) as most_payments
    from (
      select n.volumes, n.payments
      from signs n
      where n.settlement_date >= d.settlement_date
      order by n.settlement_date
      limit 14
    ) n
  ) a
  cross join lateral (
    select
      count(*) as days,
      min(n.volumes) as least_volumes,
      max(n.volumes) as most_volumes,
      min(n.payments) as least_payments,
      max(n.payments) as most_payments
    from (
      select n.volumes, n.payments
      from signs n
      where n.settlement_date < d.settlement_date
      order by n.settlement_date desc
      limit 14
    ) n
  ) b
  cross join lateral (
    values
      ('volumes', a.least_volumes, a.most_volumes, b.least_volumes, b.most_volumes),
      ('payments', a.least_payments, a.most_payments, b.least_payments, b.most_payments)
  ) m (measure, least_after, most_after, least_before, most_before)
  where d.settlement_date = any (sign_convention.settlement_dates)
    and a.days = 14
    and b.days >= 7
    and m.least_after = m.most_after
    and m.least_before = m.most_before
    and m.least_before <> m.least_after
$$;

comment on function recon.sign_convention(date[]) is
  'Rule: the first of 14 days on which most volumes or payments have another sign than on each of '
  'up to 14 days before, seven at least.';
