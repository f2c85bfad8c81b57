-- Until the kit is deployed a row without source is kept whole and taken out here; from then on it
-- is an orphan like any other. A row is named by its place and the transaction that wrote it: of a
-- row that is written again meanwhile, neither holds.
create or replace function recon.unfit_calculations()
returns table (settlement_date date, place tid, written_by xid, reason text)
language plpgsql stable
set jit = off
set work_mem = '64MB'
as $$
begin
  return query
  with
  judged as (
    select
      h.ctid as place,
      h.xmin as written_by,
      h.settlement_date,
      h.settlement_period,
      h.farm_id,
      h.miner_model,
      h.calculated_at,
      case
        when num_nulls(
          h.settlement_date,
          h.settlement_period,
          h.farm_id,
          h.miner_model,
          h.bitcoin_mined,
          h.difficulty
        ) > 0 then 'incomplete'
        when not isfinite(h.settlement_date)
          or h.settlement_period not between 1 and 50
          or not (h.bitcoin_mined >= 0 and h.bitcoin_mined < 'Infinity')
          or not (h.difficulty > 0 and h.difficulty < 'Infinity')
        then 'impossible'
        when to_regclass('recon.days') is not null then null
        when not exists (
          select from recon.miner_models m where m.miner_model = h.miner_model
        ) then 'unknown model'
        when s.settlement_date is null then 'no source'
      end as reason
    from public.historical_bitcoin_calculations h
    left join (
      select distinct r.settlement_date, r.settlement_period, r.farm_id
      from public.curtailment_records r
      where r.volume is distinct from 0
        and to_regclass('recon.days') is null
    ) s
      on s.settlement_date = h.settlement_date
      and s.settlement_period = h.settlement_period
      and s.farm_id = h.farm_id
  ),
  ranked as (
    select
      j.settlement_date,
      j.place,
      j.written_by,
      j.reason,
      row_number() over (
        partition by
          j.settlement_date,
          j.settlement_period,
          j.farm_id,
          j.miner_model,
          j.reason is null
        order by j.calculated_at desc nulls last, j.place desc
      ) as n
    from judged j
  )
  select r.settlement_date, r.place, r.written_by, coalesce(r.reason, 'duplicate')
  from ranked r
  where r.reason is not null
    or r.n > 1;
end
$$;

comment on function recon.unfit_calculations() is
  'The rows of historical_bitcoin_calculations that the kit could not keep: incomplete, impossible '
  '(see recon.calculation_checks), of an unknown model, without source, and of several of one '
  'cell all but the latest.';
