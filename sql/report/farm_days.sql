-- One pass over the records, by day, farm and party; what comes after it is small. That no cell of
-- a farm's day is invalid (recon.curtailed_energy) shows in what the day sums up to, nearly always;
-- the other farms and days are looked at cell by cell. Not pinned, so that it is inlined.
create or replace function recon.farm_days(
  from_date date,
  to_date date,
  farm text,
  lead_party text
)
returns table (
  settlement_date date,
  is_open boolean,
  farm_id text,
  lead_party_name text,
  curtailed_mwh numeric,
  payment_gbp numeric
)
language sql stable
as $$
  with
  sums as (
    select
      r.settlement_date,
      r.farm_id,
      r.lead_party_name,
      sum(abs(r.volume)) as mwh,
      sum(r.payment) filter (where abs(r.payment) <= 1e9) as gbp,
      count(r.volume) = count(*)
        and count(r.settlement_period) = count(*)
        and min(r.settlement_period) >= 1
        and max(r.settlement_period) <= recon.settlement_periods_in_day(r.settlement_date)
        and max(scale(r.volume)) <= 30
        and btrim(r.farm_id) <> '' as is_plain
    from public.curtailment_records r
    where recon.require_range(farm_days.from_date, farm_days.to_date)
      and r.settlement_date >= recon.clamp_date(coalesce(farm_days.from_date, '-infinity'))
      and r.settlement_date <= recon.clamp_date(coalesce(farm_days.to_date, 'infinity'))
      and coalesce(r.farm_id = farm_days.farm, farm_days.farm is null)
    group by r.settlement_date, r.farm_id, r.lead_party_name
  ),
  judged as materialized (
    select
      s.settlement_date,
      s.farm_id,
      s.lead_party_name,
      s.mwh,
      s.gbp,
      coalesce(
        bool_and(s.is_plain) over w and sum(s.mwh) over w <= recon.largest_volume(), false
      ) as is_valid
    from sums s
    window w as (partition by s.settlement_date, s.farm_id)
  ),
  energy as (
    select j.settlement_date, j.farm_id, j.lead_party_name, j.mwh, j.gbp
    from judged j
    where j.is_valid
    union all
    select r.settlement_date, r.farm_id, r.lead_party_name, sum(abs(r.volume)),
      sum(r.payment) filter (where abs(r.payment) <= 1e9)
    from (
      select distinct j.settlement_date, j.farm_id from judged j where not j.is_valid
    ) j
    cross join lateral (
      select e.settlement_period
      from recon.curtailed_energy e
      where e.settlement_date = j.settlement_date
        and e.farm_id = j.farm_id
        and e.is_valid
      offset 0
    ) e
    join public.curtailment_records r
      on r.settlement_date = j.settlement_date
      and r.settlement_period = e.settlement_period
      and r.farm_id = j.farm_id
    group by r.settlement_date, r.farm_id, r.lead_party_name
  )
  select
    e.settlement_date,
    s.state is distinct from 'reconciled' as is_open,
    e.farm_id,
    n.name,
    e.mwh,
    e.gbp
  from energy e
  left join recon.day_status s using (settlement_date)
  cross join lateral (select coalesce(e.lead_party_name, '(none named)') as name) n
  where coalesce(n.name = farm_days.lead_party, farm_days.lead_party is null)
$$;

comment on function recon.farm_days(date, date, text, text) is
  'Curtailed energy (MWh) and payments (GBP, those beyond 1e9 left out) of each day, farm and lead '
  'party, as the records are now, of one farm or lead party or of all (null); is_open where the '
  'day is not reconciled. Cells of invalid source are left out.';
