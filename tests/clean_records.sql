-- A history of records with which nothing is wrong, the same for the same seed, shaped like real
-- ones: weather that lasts for days, more of it in winter and at night, calms, farms in the order
-- of their bids, held down for hours and now and then out of service, several rows for one period
-- and farm, half of the volumes to half a MWh, a few of the other sign, bids that change by month.
insert into curtailment_records (
  settlement_date,
  settlement_period,
  farm_id,
  lead_party_name,
  volume,
  payment,
  original_price,
  final_price,
  so_flag,
  cadl_flag
)
with
half_hours as (
  select
    d::date as settlement_date,
    p.settlement_period,
    row_number() over (order by d, p.settlement_period) as slot
  from generate_series(
    %(first)s::date - 4, %(first)s::date + %(days)s::integer - 1, interval '1 day'
  ) d
  cross join lateral generate_series(
    1, recon.settlement_periods_in_day(d::date)
  ) p (settlement_period)
),
noise as (
  select
    h.settlement_date,
    h.settlement_period,
    h.slot,
    2 * ((r.roll & 1048575) + (r.roll >> 20 & 1048575) + (r.roll >> 40 & 1048575)) / 1048576.0 - 3
      as shock
  from half_hours h
  cross join lateral hashint8extended(h.slot, %(seed)s) r (roll)
),
weather as (
  select
    n.settlement_date,
    n.settlement_period,
    n.slot,
    1 / (1 + exp(0.8 - 1.7 * (
      0.9 * 12 * avg(n.shock) over (order by n.slot rows between 143 preceding and current row)
      + 0.45 * 4.5 * avg(n.shock) over (order by n.slot rows between 19 preceding and current row)
      + 0.4 * cos(2 * pi() * (extract(doy from n.settlement_date)::float - 15) / 365)
      + 0.25 * cos(2 * pi() * (n.settlement_period - 8) / 48)
    ))) as share
  from noise n
),
farms as (
  select
    u.farm_id,
    u.capacity_mw,
    row_number() over (order by u.farm_id) as n,
    (hashtextextended(u.farm_id, %(seed)s + 1) & 1048575) / 1048576.0::float as merit,
    20 + (hashtextextended(u.farm_id, %(seed)s + 2) & 16383) / 120.0 as bid
  from recon.bm_units u
),
held as (
  select
    w.settlement_date,
    w.settlement_period,
    w.share,
    f.farm_id,
    f.n,
    f.capacity_mw,
    f.bid,
    hashint8extended(w.slot * 1000 + f.n, %(seed)s + 3) as roll
  from weather w
  join farms f
    on 0.65 * f.merit + 0.35 * (
      hashint8extended((w.slot + f.n) / 7 * 1000 + f.n, %(seed)s + 4) & 1048575
    ) / 1048576.0::float < w.share
  where w.settlement_date >= %(first)s
    and hashint8extended(w.slot / 240 * 1000 + f.n, %(seed)s + 5) & 1023 > 20
),
records as (
  select
    h.settlement_date,
    h.settlement_period,
    h.farm_id,
    h.bid * (
      0.97 + (hashint8extended(
        extract(month from h.settlement_date)::bigint * 1000 + h.n, %(seed)s + 6
      ) & 1023) / 1023.0 * 0.06
    ) as bid,
    h.capacity_mw / 2 / n.rows
      * least(1, 0.25 + 0.5 * h.share + 0.4 * ((h.roll >> 8) & 1023) / 1023.0)
      * (0.7 + 0.3 * ((h.roll >> (18 + 2 * n.row)) & 1023) / 1023.0) as magnitude,
    (h.roll >> 30) & 1 = 1 as is_coarse,
    (h.roll >> (31 + n.row)) & 255 = 0 as is_opposite,
    (h.roll >> 40) & 15 > 0 as so_flag
  from held h
  cross join lateral (
    select case when h.roll & 255 < 200 then 1 when h.roll & 255 < 245 then 2 else 3 end, n
    from generate_series(1, 3) n
  ) n (rows, row)
  where n.row <= n.rows
),
rounded as (
  select
    r.settlement_date,
    r.settlement_period,
    r.farm_id,
    case when r.is_opposite then 1 else -1 end * case
      when r.is_coarse and r.magnitude >= 0.5 then trunc(r.magnitude::numeric * 2) / 2
      else greatest(round(r.magnitude::numeric, 3), 0.001)
    end as volume,
    -round(r.bid::numeric, 2) as price,
    r.so_flag
  from records r
)
select
  r.settlement_date,
  r.settlement_period,
  r.farm_id,
  'Lead party',
  r.volume,
  round(r.volume * r.price, 2),
  r.price,
  r.price,
  r.so_flag,
  false
from rounded r
order by r.settlement_date, r.settlement_period, r.farm_id
