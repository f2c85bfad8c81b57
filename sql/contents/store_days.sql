create or replace function recon.store_days(settlement_dates date[])
returns void
language sql volatile
as $$
  insert into recon.source_days as d (
    settlement_date,
    source_rows,
    repeated_rows,
    cells,
    farms,
    curtailed_mwh,
    net_mwh,
    payment_gbp,
    positive_rows,
    negative_rows,
    paid_rows,
    charged_rows,
    priced_rows,
    unequal_rows,
    fine_rows,
    fingerprint,
    peak_rows,
    first_seen_at,
    changed_at,
    holes,
    zero_rows,
    so_rows,
    cadl_rows,
    repeated_fine_rows
  )
  select
    u.settlement_date,
    coalesce(sum(p.source_rows), 0),
    coalesce(sum(p.repeated_rows), 0),
    coalesce(max(f.cells), 0),
    coalesce(max(f.farms), 0),
    coalesce(sum(p.curtailed_mwh), 0),
    coalesce(sum(p.net_mwh), 0),
    coalesce(sum(p.payment_gbp), 0),
    coalesce(sum(p.positive_rows), 0),
    coalesce(sum(p.negative_rows), 0),
    coalesce(sum(p.paid_rows), 0),
    coalesce(sum(p.charged_rows), 0),
    coalesce(sum(p.priced_rows), 0),
    coalesce(sum(p.unequal_rows), 0),
    coalesce(sum(p.fine_rows), 0),
    coalesce(sum(recon.period_hash(p.settlement_period, p.fingerprint)), 0),
    coalesce(sum(p.source_rows - p.repeated_rows), 0),
    pg_catalog.now(),
    pg_catalog.now(),
    coalesce(max(f.holes), 0),
    coalesce(sum(p.zero_rows), 0),
    coalesce(sum(p.so_rows), 0),
    coalesce(sum(p.cadl_rows), 0),
    coalesce(sum(p.repeated_fine_rows), 0)
  from unnest(store_days.settlement_dates) u (settlement_date)
  left join recon.source_periods p on p.settlement_date = u.settlement_date
  left join (
    select
      f.settlement_date,
      count(*) as farms,
      sum(cardinality(f.periods)) as cells,
      sum(h.holes) as holes
    from recon.source_farms f
    cross join lateral (
      select count(*) as holes
      from unnest(f.periods) n (settlement_period)
      where n.settlement_period + bigint '2' = any (f.periods)
        and n.settlement_period + bigint '1' <> all (f.periods)
    ) h
    where f.settlement_date = any (store_days.settlement_dates)
    group by f.settlement_date
  ) f on f.settlement_date = u.settlement_date
  group by u.settlement_date
  on conflict on constraint source_days_pkey do update
  set source_rows = excluded.source_rows,
    repeated_rows = excluded.repeated_rows,
    cells = excluded.cells,
    farms = excluded.farms,
    curtailed_mwh = excluded.curtailed_mwh,
    net_mwh = excluded.net_mwh,
    payment_gbp = excluded.payment_gbp,
    positive_rows = excluded.positive_rows,
    negative_rows = excluded.negative_rows,
    paid_rows = excluded.paid_rows,
    charged_rows = excluded.charged_rows,
    priced_rows = excluded.priced_rows,
    unequal_rows = excluded.unequal_rows,
    fine_rows = excluded.fine_rows,
    fingerprint = excluded.fingerprint,
    peak_rows = greatest(d.peak_rows, excluded.peak_rows),
    changed_at = case
      when d.fingerprint = excluded.fingerprint then d.changed_at else excluded.changed_at
    end,
    holes = excluded.holes,
    zero_rows = excluded.zero_rows,
    so_rows = excluded.so_rows,
    cadl_rows = excluded.cadl_rows,
    repeated_fine_rows = excluded.repeated_fine_rows,
    inspected_at = null
$$;

comment on function recon.store_days(date[]) is
  'Sums up what is stored of the periods and farms of these dates. The rules are to judge them.';
