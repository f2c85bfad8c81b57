-- Only of days that stand reconciled: on others the calculations are known to be out of date.
create or replace function recon.uneven_btc(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  sound as materialized (
    select d.settlement_date
    from recon.days d
    where d.settlement_date = any (uneven_btc.settlement_dates)
      and d.outcome = 'reconciled'
      and not exists (
        select from recon.changes c
        where c.settlement_date in (d.settlement_date, '-infinity')
      )
  ),
  reference as (
    select m.miner_model
    from recon.miner_models m
    where m.is_active
    order by m.hashrate_ths / m.power_watts desc, m.miner_model
    limit 1
  ),
  sums as materialized (
    select
      h.settlement_date,
      h.settlement_period,
      h.miner_model,
      sum(h.bitcoin_mined) as btc,
      count(*) as cells
    from sound d
    join public.historical_bitcoin_calculations h on h.settlement_date = d.settlement_date
    group by h.settlement_date, h.settlement_period, h.miner_model
  ),
  uneven as (
    select
      b.settlement_date,
      b.miner_model,
      r.btc_per_mwh,
      array_agg(b.settlement_period order by b.settlement_period) as periods,
      sum(b.btc) as btc,
      sum(p.curtailed_mwh) as curtailed_mwh,
      sum(g.btc) as reference_btc
    from sums b
    cross join recon.settings s
    join recon.source_periods p
      on p.settlement_date = b.settlement_date
      and p.settlement_period = b.settlement_period
    join recon.mining_rates r
      on r.settlement_date = b.settlement_date
      and r.miner_model = b.miner_model
    left join sums g
      on g.settlement_date = b.settlement_date
      and g.settlement_period = b.settlement_period
      and g.miner_model = (select f.miner_model from reference f)
    where abs(b.btc - p.curtailed_mwh * r.btc_per_mwh)
      > p.curtailed_mwh * r.btc_per_mwh * s.source_btc_tolerance + 1e-12 * b.cells
    group by b.settlement_date, b.miner_model, r.btc_per_mwh
  )
  select
    u.settlement_date,
    'uneven_btc',
    u.miner_model,
    u.periods,
    'critical',
    format(
      'periods %s: %s BTC per MWh, where the difficulty of the day gives %s; %s of %s, where %s is '
        'due',
      recon.period_list(u.periods),
      round(u.btc / nullif(u.curtailed_mwh, 0), 9),
      round(u.btc_per_mwh, 9),
      round(u.btc / nullif(u.reference_btc, 0), 6),
      r.miner_model,
      round(u.btc_per_mwh / r.btc_per_mwh, 6)
    ),
    format('recon-kit verify --from %1$s --to %1$s, then recon-kit reconcile', u.settlement_date)
  from uneven u
  cross join reference f
  join recon.mining_rates r
    on r.settlement_date = u.settlement_date
    and r.miner_model = f.miner_model
$$;

comment on function recon.uneven_btc(date[]) is
  'Rule: periods of a reconciled day whose BTC per MWh is not that of the day and model, within '
  'settings.source_btc_tolerance; with the ratio to the most efficient model, which the miner '
  'models alone decide.';
