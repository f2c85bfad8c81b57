create or replace function recon.drift(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  ratios as materialized (
    select d.settlement_date, round(d.curtailed_mwh / t.curtailed_mwh, 6) as ratio
    from recon.source_totals t
    join recon.source_days d on d.settlement_date = t.settlement_date
    where t.curtailed_mwh > 500
  )
  select
    u.settlement_date,
    'drift',
    '',
    null::integer[],
    'warning',
    format(
      'the records of the last %s days have %s %% of the totals that were loaded, and those of the '
        '%s before had %s %%',
      n.days,
      round(100 * n.ratio::numeric, 1),
      b.days,
      round(100 * b.ratio::numeric, 1)
    ),
    'see what became of the meters, or of what fetches them'
  from unnest(drift.settlement_dates) u (settlement_date)
  cross join lateral (
    select percentile_cont(0.5) within group (order by r.ratio) as ratio, count(*) as days
    from ratios r
    where r.settlement_date between u.settlement_date - 13 and u.settlement_date
  ) n
  cross join lateral (
    select percentile_cont(0.5) within group (order by r.ratio) as ratio, count(*) as days
    from ratios r
    where r.settlement_date between u.settlement_date - 73 and u.settlement_date - 14
  ) b
  where n.days >= 7
    and b.days >= 20
    and abs(n.ratio / nullif(b.ratio, 0) - 1) > 0.05
$$;

comment on function recon.drift(date[]) is
  'Rule: two weeks in which the records have another share of the totals that were loaded, by more '
  'than a twentieth, than in the two months before.';
