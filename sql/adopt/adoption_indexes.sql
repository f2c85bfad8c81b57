create or replace view recon.adoption_indexes as
select
  w.step,
  w.table_name,
  w.index_name,
  format(
    'create %s concurrently %s on public.%s (%s)',
    case when w.is_key then 'unique index' else 'index' end,
    w.index_name,
    w.table_name,
    array_to_string(w.columns, ', ')
  ) as statement,
  exists (
    select
    from recon.usable_indexes i
    where i.relation = t.relation
      and i.columns[1] = w.columns[1]
      and (not w.is_key or i.is_key and i.columns <@ w.columns and i.columns @> w.columns)
  ) as is_there,
  exists (
    select
    from pg_index i
    where i.indexrelid = to_regclass('public.' || w.index_name)
      and not i.indisvalid
  ) as is_broken,
  w.columns
from (
  values
    (
      'source index',
      'curtailment_records',
      'curtailment_records_settlement_index',
      false,
      array['settlement_date', 'settlement_period', 'farm_id']
    ),
    (
      'summary index',
      'bitcoin_daily_summaries',
      'bitcoin_daily_summaries_day_index',
      false,
      array['summary_date', 'miner_model']
    ),
    (
      'calculation key',
      'historical_bitcoin_calculations',
      'historical_bitcoin_calculations_cell_key',
      true,
      array['settlement_date', 'settlement_period', 'farm_id', 'miner_model']
    )
) w (step, table_name, index_name, is_key, columns)
cross join to_regclass('public.' || w.table_name) t (relation)
where t.relation is not null;

comment on view recon.adoption_indexes is
  'The indexes that the kit works by: source and daily summaries by day, calculations by cell.';
comment on column recon.adoption_indexes.step is 'The step of an adoption that builds it.';
comment on column recon.adoption_indexes.table_name is 'Name of the table, in public.';
comment on column recon.adoption_indexes.columns is 'Its columns, in order.';
comment on column recon.adoption_indexes.index_name is 'The name that an adoption gives it.';
comment on column recon.adoption_indexes.statement is 'What builds it.';
comment on column recon.adoption_indexes.is_there is 'Whether there is one, under any name.';
comment on column recon.adoption_indexes.is_broken is
  'Whether a build of it was cut short, and left an index that nothing uses.';
