create or replace view recon.summary_shapes as
with
relations as (
  select
    w.table_name,
    c.oid as relation,
    c.relkind::text = any (w.relkinds) as is_of_kind,
    w.kind,
    w.table_name <> 'bitcoin_daily_summaries'
      or exists (
        select from recon.usable_indexes i
        where i.relation = c.oid
          and i.is_key
          and i.columns <@ array['summary_date', 'miner_model']
          and i.columns @> array['summary_date', 'miner_model']
      ) as has_key
  from (
    values
      ('bitcoin_daily_summaries', 'table', array['r', 'p']),
      ('bitcoin_monthly_summaries', 'materialized view', array['m']),
      ('bitcoin_yearly_summaries', 'materialized view', array['m'])
  ) w (table_name, kind, relkinds)
  join pg_class c on c.oid = to_regclass('public.' || w.table_name)
)
select
  r.table_name,
  r.relation,
  case
    when not r.is_of_kind then 'is there but is not a ' || r.kind
    when f.fault is not null then 'is there but ' || f.fault
    when not r.has_key then 'is there but has no unique key on summary_date and miner_model'
  end as fault,
  (
    select string_agg(t.column_name, ', ' order by t.position)
    from recon.table_columns t
    where t.relation = r.relation
      and t.column_name not in (
        'summary_date',
        'year_month',
        'year',
        'miner_model',
        'bitcoin_mined',
        'calculations',
        'days',
        'updated_at'
      )
  ) as columns_lost
from relations r
left join lateral (
  select min(f.fault) as fault
  from recon.column_faults f
  where f.table_name = r.table_name
) f on true;

comment on view recon.summary_shapes is
  'The relations in public that have the names of the kit''s summaries, as they are.';
comment on column recon.summary_shapes.table_name is 'Name of the relation.';
comment on column recon.summary_shapes.relation is 'The relation.';
comment on column recon.summary_shapes.fault is
  'Why the kit cannot keep its summaries there; null = it can.';
comment on column recon.summary_shapes.columns_lost is
  'Its columns that the kit''s summaries do not have.';
