-- A name is not to be rewritten where the farm that is meant, or another spelling of it, has rows
-- in the same half hours: its energy would be there twice.
create or replace function recon.unknown_farms(settlement_dates date[])
returns setof recon.source_fault
language sql stable
as $$
  with
  unknown as materialized (
    select f.settlement_date, f.farm_id
    from recon.source_farms f
    where f.settlement_date = any (unknown_farms.settlement_dates)
      and btrim(f.farm_id) <> ''
      and exists (select from recon.bm_units)
      and not exists (select from recon.bm_units b where b.farm_id = f.farm_id)
  ),
  names as materialized (
    select s.farm_id, m.meant, m.is_spelling, o.farm_id_before
    from (select distinct u.farm_id from unknown u) s
    left join lateral recon.meant_unit(s.farm_id) m on true
    left join lateral recon.former_name(s.farm_id) o on true
  ),
  told as (
    select u.settlement_date, u.farm_id, n.meant, n.is_spelling
    from unknown u
    join names n on n.farm_id = u.farm_id
    where n.meant is not null or n.farm_id_before is null
    union all
    select f.settlement_date, f.farm_id, null, null
    from recon.source_farms f
    where f.settlement_date = any (unknown_farms.settlement_dates)
      and btrim(f.farm_id) = ''
  )
  select
    f.settlement_date,
    case when t.is_spelling is false then 'renamed_farms' else 'unknown_farms' end,
    f.farm_id,
    f.periods,
    case
      when t.meant is null
        and f.curtailed_mwh >= 0.01 * greatest(d.curtailed_mwh, h.usual_mwh) then 'critical'
      else 'warning'
    end,
    format(
      case
        when n.is_named then '%s is not in the register of BM units%s: %s rows, %s MWh, %s GBP'
        else '%s%snobody is named: %s rows, %s MWh, %s GBP; nothing is calculated of them'
      end,
      case when n.is_named then f.farm_id else '' end,
      case when t.meant is not null then format(', and %s is', t.meant) else '' end,
      f.source_rows,
      trim_scale(f.curtailed_mwh),
      trim_scale(f.payment_gbp)
    ),
    case
      when t.is_spelling and o.farm_id is null then format(
        'if %s is meant: update curtailment_records set farm_id = %L where farm_id = %L and '
          'settlement_date = %L (%s rows, %s MWh)',
        t.meant,
        t.meant,
        f.farm_id,
        f.settlement_date,
        f.source_rows,
        trim_scale(f.curtailed_mwh)
      )
      when t.meant is not null then format(
        'compare its rows with those of %s; if it is another farm, load a register that has it: '
          'recon-kit load-units FILE',
        coalesce(o.farm_id, t.meant)
      )
      when n.is_named then 'load a register that has it: recon-kit load-units FILE; if there is no '
        'such farm, see where its rows came from'
      else format('fetch %s again, then recon-kit load --replace FILE', f.settlement_date)
    end
  from told t
  join recon.source_farms f on (f.settlement_date, f.farm_id) = (t.settlement_date, t.farm_id)
  join recon.source_days d on d.settlement_date = f.settlement_date
  cross join lateral (select btrim(f.farm_id) <> '' as is_named) n
  cross join lateral (
    select percentile_cont(0.5) within group (order by l.curtailed_mwh)::numeric as usual_mwh
    from recon.source_days l
    cross join recon.settings s
    where l.settlement_date >= f.settlement_date - s.source_window_days
      and l.settlement_date < f.settlement_date
      and l.source_rows > 0
  ) h
  left join lateral (
    select min(b.farm_id) as farm_id
    from recon.source_farms b
    where b.settlement_date = f.settlement_date
      and b.farm_id <> f.farm_id
      and b.periods && f.periods
      and (
        b.farm_id = t.meant
        or b.farm_id in (select x.farm_id from told x where x.meant = t.meant and x.is_spelling)
      )
  ) o on true
$$;

comment on function recon.unknown_farms(date[]) is
  'Rule: farms that are not in recon.bm_units, unless that is empty or they are another farm under '
  'a new name (renamed_farms), and rows without a farm. Where the spelling tells which farm is '
  'meant, that is said; another prefix is another name (renamed_farms). Critical is what has a '
  'hundredth of the energy of its day, and of a usual one.';
