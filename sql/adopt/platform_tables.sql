create or replace view recon.platform_tables as
select
  n.table_name,
  c.oid as relation,
  c.relkind,
  c.relforcerowsecurity,
  coalesce(obj_description(c.oid, 'pg_class') like '%Created by recon-kit.', false) as is_kits,
  n.holds
from (
  values
    ('curtailment_records', 'source'),
    ('historical_bitcoin_calculations', 'calculations'),
    ('bitcoin_daily_summaries', 'summaries'),
    ('bitcoin_monthly_summaries', 'summaries'),
    ('bitcoin_yearly_summaries', 'summaries')
) n (table_name, holds)
left join pg_class c on c.oid = to_regclass('public.' || n.table_name);

comment on view recon.platform_tables is
  'The tables that the kit shares with the platform, a row each, whether or not they are there.';
comment on column recon.platform_tables.table_name is 'Name of the table, in public.';
comment on column recon.platform_tables.relation is
  'The relation of that name; null = there is none.';
comment on column recon.platform_tables.relkind is 'Its kind, as in pg_class.';
comment on column recon.platform_tables.relforcerowsecurity is
  'Whether its owner is subject to its row security.';
comment on column recon.platform_tables.is_kits is 'Whether the kit created it.';
comment on column recon.platform_tables.holds is
  'source, which the kit reads; calculations or summaries, which it writes.';
