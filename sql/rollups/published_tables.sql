-- A function's text may name these tables, and a view's may not: a view would keep the platform's
-- own migrations from changing them.
create or replace view recon.published_tables as
select
  n.table_name,
  n.key_column,
  format_type(k.atttypid, k.atttypmod) as key_type,
  format_type(b.atttypid, b.atttypmod) as sum_type,
  u.attname is not null as is_dated,
  u.attname is null or u.atthasdef as dates_itself
from (
  values
    ('bitcoin_daily_summaries', 'summary_date'),
    ('bitcoin_monthly_summaries', 'year_month'),
    ('bitcoin_yearly_summaries', 'year')
) n (table_name, key_column)
join pg_class c on c.oid = to_regclass('public.' || n.table_name)
join pg_attribute k on k.attrelid = c.oid and k.attname = n.key_column
join pg_attribute b on b.attrelid = c.oid and b.attname = 'bitcoin_mined'
left join pg_attribute u
  on u.attrelid = c.oid
  and u.attname = 'updated_at'
  and u.attgenerated = ''
  and u.atttypid in ('timestamp'::regtype, 'timestamptz'::regtype, 'date'::regtype);

comment on view recon.published_tables is
  'The tables in public that summaries are published into, in the shape that the platform gave '
  'them.';
comment on column recon.published_tables.table_name is 'Name of the table.';
comment on column recon.published_tables.key_column is
  'The column that says which day, month or year it is.';
comment on column recon.published_tables.key_type is 'The type of that column.';
comment on column recon.published_tables.sum_type is 'The type of bitcoin_mined.';
comment on column recon.published_tables.is_dated is
  'Whether there is a column updated_at that takes a time.';
comment on column recon.published_tables.dates_itself is
  'Whether a new row has the time of its insert without being told.';
