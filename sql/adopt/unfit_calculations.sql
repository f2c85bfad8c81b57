-- Until the kit is deployed a row without source is kept whole and taken out here; from then on it
-- is an orphan like any other. A row is named by its place and the transaction that wrote it: of a
-- row that is written again meanwhile, neither holds.
create or replace function recon.unfit_calculations()
returns table (settlement_date date, place tid, written_by xid, reason text)
language plpgsql stable
set jit = off
set work_mem = '64MB'
as $$
declare
  v_is_deployed boolean := to_regclass('recon.days') is not null;
begin
  return query
  with
  crowded as (
    select
      h.settlement_date,
      hashtextextended(h.farm_id, hashtextextended(h.miner_model, h.settlement_period)) as hash
    from public.historical_bitcoin_calculations h
    group by 1, 2
    having count(*) > 1
  ),
  sources as (
    select distinct r.settlement_date, r.settlement_period, r.farm_id
    from public.curtailment_records r
    where r.volume is distinct from 0
  ),
  judged as (
    select
      h.ctid as place,
      h.xmin as written_by,
      h.settlement_date,
      h.settlement_period,
      h.farm_id,
      h.miner_model,
      h.calculated_at,
      c.hash is not null as is_crowded,
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
          or not (h.difficulty >= 0 and h.difficulty < 'Infinity')
        then 'impossible'
        when v_is_deployed then null
        when m.miner_model is null then 'unknown model'
        when s.farm_id is null then 'no source'
      end as reason
    from public.historical_bitcoin_calculations h
    left join crowded c
      on c.settlement_date = h.settlement_date
      and c.hash
        = hashtextextended(h.farm_id, hashtextextended(h.miner_model, h.settlement_period))
    left join recon.miner_models m on m.miner_model = h.miner_model
    left join sources s
      on not v_is_deployed
      and s.settlement_date = h.settlement_date
      and s.settlement_period = h.settlement_period
      and s.farm_id = h.farm_id
  ),
  noted as materialized (
    select j.*
    from judged j
    where j.reason is not null
      or j.is_crowded
  )
  select n.settlement_date, n.place, n.written_by, n.reason
  from noted n
  where n.reason is not null
  union all
  select r.settlement_date, r.place, r.written_by, 'duplicate'
  from (
    select
      n.settlement_date,
      n.place,
      n.written_by,
      row_number() over (
        partition by n.settlement_date, n.settlement_period, n.farm_id, n.miner_model
        order by n.calculated_at desc nulls last, n.place desc
      ) as rank
    from noted n
    where n.reason is null
  ) r
  where r.rank > 1;
end
$$;

comment on function recon.unfit_calculations() is
  'The rows of historical_bitcoin_calculations that the kit could not keep: incomplete, impossible '
  '(see recon.calculation_checks), of an unknown model, without source, and of several of one '
  'cell all but the latest.';
