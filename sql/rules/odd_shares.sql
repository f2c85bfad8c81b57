-- What is usual is the median of the days before: a few odd days do not make it. Each share has a
-- margin beyond it that good days keep; on 106 real days the most holes were 3.6 %.
create or replace function recon.odd_shares(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  limits (kind, subject, floor, factor, margin, lowest, is_new, critical_above) as (
    values
      ('sparse_days', '', 0.06, 3.0, 0.0, null, true, 0.15),
      ('zero_volumes', '', 0.02, 3.0, 0.0, null, true, 0.2),
      ('zero_volumes', 'payment', 0.5, 1.0, 0.4, null, false, null),
      ('mixed_signs', '', 0.08, 3.0, 0.0, null, true, 0.2),
      ('coarse_volumes', '', null, null, null, 0.25, false, null),
      ('invented_rows', '', 0.8, 1.0, 0.15, null, false, null),
      ('odd_flags', 'so_flag', 0.0, 1.0, 0.35, -0.35, false, null),
      ('odd_flags', 'cadl_flag', 0.0, 1.0, 0.35, -0.35, false, null)
  ),
  judged as (
    select
      d.settlement_date,
      x.kind,
      x.subject,
      x.part,
      x.whole,
      x.what,
      1.0 * x.part / nullif(x.whole, 0) as share,
      u.usual
    from recon.source_days d
    cross join recon.settings s
    cross join lateral recon.day_shares(d) x
    left join lateral (
      select
        y.kind,
        y.subject,
        percentile_cont(0.5) within group (
          order by 1.0 * y.part / nullif(y.whole, 0)
        )::numeric as usual
      from recon.source_days h
      cross join lateral recon.day_shares(h) y
      where h.settlement_date >= d.settlement_date - s.source_window_days
        and h.settlement_date < d.settlement_date
        and h.cells >= 5 * s.source_copy_rows
      group by y.kind, y.subject
      having count(*) >= s.source_min_days
    ) u on (u.kind, u.subject) = (x.kind, x.subject)
    where d.settlement_date = any (odd_shares.settlement_dates)
      and d.cells >= 5 * s.source_copy_rows
  )
  select
    j.settlement_date,
    j.kind,
    j.subject,
    null::integer[],
    case when j.share > l.critical_above then 'critical' else 'warning' end,
    format('%s of %s %s', j.part, j.whole, j.what)
      || coalesce(format('; usual are %s %%', round(100 * j.usual, 1)), ''),
    format('compare %s with where it came from, and fetch it again', j.settlement_date)
  from judged j
  join limits l on (l.kind, l.subject) = (j.kind, j.subject)
  cross join lateral (
    select greatest(l.floor, l.factor * coalesce(j.usual, 0) + l.margin) as most
  ) m
  where (l.is_new or j.usual is not null)
    and (
      j.part > m.most * j.whole + 3 * sqrt(m.most * j.whole) + 5
      or l.lowest > 0 and j.usual >= 0.1 and j.share < l.lowest * j.usual
      or l.lowest < 0 and j.share < j.usual + l.lowest
    )
$$;

comment on function recon.odd_shares(date[]) is
  'Rule: days with an unusual share of rows or half hours (recon.day_shares): holes of one half '
  'hour (sparse_days), zeros (zero_volumes), volumes of the other sign (mixed_signs), too few or '
  'too many volumes with hundredths (coarse_volumes, invented_rows), flags (odd_flags).';
