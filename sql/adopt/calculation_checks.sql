-- A difficulty of 0 is what an application writes that does not know it yet; a run corrects it.
create or replace view recon.calculation_checks as
select
  c.constraint_name,
  c.predicate,
  k.oid is not null or c.is_implied as is_there,
  coalesce(k.convalidated, c.is_implied) as is_valid
from (
  values
    (
      'calculation_is_complete',
      'num_nulls(settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined,'
      ' difficulty) = 0',
      not exists (
        select
        from recon.table_columns t
        where t.schema_name = 'public'
          and t.table_name = 'historical_bitcoin_calculations'
          and t.column_name in (
            'settlement_date',
            'settlement_period',
            'farm_id',
            'miner_model',
            'bitcoin_mined',
            'difficulty'
          )
          and not t.is_not_null
      )
    ),
    ('settlement_date_is_finite', 'isfinite(settlement_date)', false),
    ('settlement_period_is_1_to_50', 'settlement_period between 1 and 50', false),
    (
      'bitcoin_mined_is_finite_and_not_negative',
      'bitcoin_mined >= 0 and bitcoin_mined < ''Infinity''',
      false
    ),
    (
      'difficulty_is_finite_and_not_negative',
      'difficulty >= 0 and difficulty < ''Infinity''',
      exists (
        select
        from pg_constraint p
        where p.conrelid = to_regclass('public.historical_bitcoin_calculations')
          and (p.conname, p.contype, p.convalidated) = ('difficulty_is_positive', 'c', true)
      )
    )
) c (constraint_name, predicate, is_implied)
left join pg_constraint k
  on k.conrelid = to_regclass('public.historical_bitcoin_calculations')
  and k.conname = c.constraint_name
  and k.contype = 'c';

comment on view recon.calculation_checks is
  'The constraints that the kit counts on in historical_bitcoin_calculations; its own table has '
  'them from the beginning.';
comment on column recon.calculation_checks.constraint_name is 'Name of the constraint.';
comment on column recon.calculation_checks.predicate is 'What holds for each row.';
comment on column recon.calculation_checks.is_there is 'Whether new rows are checked.';
comment on column recon.calculation_checks.is_valid is 'Whether the old ones have been, too.';
