-- Earlier versions counted calculations in the daily summaries they made, which a migration drops.
create or replace view recon.column_faults as
with
needed (table_name, column_names, types) as (
  values
    ('curtailment_records', '{settlement_date}'::text[], '{date}'::text[]),
    ('curtailment_records', '{settlement_period}', '{integer}'),
    ('curtailment_records', '{farm_id}', '{text,character varying%}'),
    ('curtailment_records', '{lead_party_name}', '{text,character varying%}'),
    ('curtailment_records', '{volume,payment,original_price,final_price}', '{numeric%}'),
    ('curtailment_records', '{so_flag,cadl_flag}', '{boolean}'),
    ('historical_bitcoin_calculations', '{settlement_date}', '{date}'),
    ('historical_bitcoin_calculations', '{settlement_period}', '{integer}'),
    ('historical_bitcoin_calculations', '{farm_id,miner_model}', '{text,character varying%}'),
    ('historical_bitcoin_calculations', '{bitcoin_mined,difficulty}', '{numeric}'),
    ('historical_bitcoin_calculations', '{calculated_at}', '{timestamp%}'),
    ('bitcoin_daily_summaries', '{summary_date}', '{date}'),
    ('bitcoin_daily_summaries', '{miner_model}', '{text,character varying%}'),
    ('bitcoin_daily_summaries', '{bitcoin_mined}', '{numeric%,double precision}'),
    ('bitcoin_monthly_summaries', '{year_month}', '{text,character varying%,character(7)}'),
    ('bitcoin_monthly_summaries', '{miner_model}', '{text,character varying%}'),
    ('bitcoin_monthly_summaries', '{bitcoin_mined}', '{numeric%,double precision}'),
    (
      'bitcoin_yearly_summaries',
      '{year}',
      '{integer,smallint,bigint,text,character varying%,character(4)}'
    ),
    ('bitcoin_yearly_summaries', '{miner_model}', '{text,character varying%}'),
    ('bitcoin_yearly_summaries', '{bitcoin_mined}', '{numeric%,double precision}')
),
columns as (
  select n.table_name, u.column_name, n.types, t.type_name
  from needed n
  cross join unnest(n.column_names) u (column_name)
  left join recon.table_columns t
    on t.schema_name = 'public'
    and t.table_name = n.table_name
    and t.column_name = u.column_name
  where to_regclass('public.' || n.table_name) is not null
)
select
  c.table_name,
  case
    when c.type_name is null then 'has no column ' || c.column_name
    else format(
      'has column %s of type %s, where the kit needs %s',
      c.column_name, c.type_name, rtrim(c.types[1], '%')
    )
  end as fault,
  format('alter table public.%s ...: %s %s', c.table_name, c.column_name, rtrim(c.types[1], '%'))
    as remedy
from columns c
where c.type_name like any (c.types) is not true

union all
select
  t.table_name,
  format('has column %s, which must have a value that the kit does not know', t.column_name),
  format('alter table public.%s alter %s drop not null, or give it a default',
    t.table_name, t.column_name)
from recon.table_columns t
where t.schema_name = 'public'
  and t.is_not_null
  and not t.has_default
  and t.table_name <> 'curtailment_records'
  and not (t.column_name = 'updated_at' and t.type_name ~ '^(timestamp|date)')
  and not (
    t.column_name = 'calculations'
    and exists (
      select from recon.platform_tables p where p.relation = t.relation and p.is_kits
    )
  )
  and not exists (
    select
    from needed n
    where n.table_name = t.table_name
      and t.column_name = any (n.column_names)
  );

comment on view recon.column_faults is
  'Columns of the platform''s tables, where they are there, that the kit cannot work with.';
comment on column recon.column_faults.table_name is 'Name of the table, in public.';
comment on column recon.column_faults.fault is 'What is wrong with it.';
comment on column recon.column_faults.remedy is 'What a person can do about it.';
