-- What a platform's own tools may drop as something they do not know.
create or replace view recon.shape_gaps as
with
keys (table_name, columns, is_key, next_step) as (
  values
    (
      'public.curtailment_records', array['settlement_date'], false, 'recon-kit adopt'
    ),
    (
      'public.historical_bitcoin_calculations',
      array['settlement_date', 'settlement_period', 'farm_id', 'miner_model'],
      true,
      'recon-kit adopt'
    ),
    ('public.bitcoin_daily_summaries', array['summary_date'], false, 'recon-kit adopt'),
    ('recon.daily_sums', array['summary_date', 'miner_model'], true, null),
    ('recon.network_difficulties', array['settlement_date'], true, null),
    ('recon.miner_models', array['miner_model'], true, null),
    ('recon.block_rewards', array['from_date'], true, null)
)
select
  k.table_name,
  case when k.is_key then 'key' else 'index' end as reason,
  format(
    case
      when k.is_key then 'it has no unique key of %s: a row can be there twice, and count twice'
      else 'it has no index that begins with %s: each day reads all of it'
    end,
    array_to_string(k.columns, ', ')
  ) as finding,
  coalesce(
    k.next_step,
    format('alter table %s add primary key (%s)', k.table_name, array_to_string(k.columns, ', '))
  ) || '; recon-kit verify' as next_step,
  k.is_key as stops_runs
from keys k
where to_regclass(k.table_name) is not null
  and not exists (
    select
    from recon.usable_indexes i
    where i.relation = to_regclass(k.table_name)
      and case
        when k.is_key then i.is_key and i.columns <@ k.columns
        else i.columns[1] = k.columns[1]
      end
  )

union all
select
  'public.historical_bitcoin_calculations',
  'check',
  'it takes rows that cannot be right: it lacks check ' || string_agg(constraint_name, ', '),
  'recon-kit adopt; recon-kit verify',
  false
from recon.calculation_checks c
join recon.known_checks k using (constraint_name)
where not c.is_there
  and to_regclass('public.historical_bitcoin_calculations') is not null
having count(*) > 0

union all
select
  'public.' || f.table_name,
  'column',
  'it ' || f.fault,
  f.remedy || '; recon-kit verify',
  f.table_name like 'bitcoin\_%'
from recon.column_faults f;

comment on view recon.shape_gaps is
  'Keys, checks, indexes and columns of the tables that the kit counts on and that are gone.';
comment on column recon.shape_gaps.table_name is 'The table.';
comment on column recon.shape_gaps.reason is 'key, index, check or column.';
comment on column recon.shape_gaps.finding is 'What was found.';
comment on column recon.shape_gaps.next_step is 'What to do about it.';
comment on column recon.shape_gaps.stops_runs is 'Whether no run may begin before that.';
